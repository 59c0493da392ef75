import { hash } from 'node:crypto';
import { memberOf } from '../domain/unknown-value.js';
import type { EntityPosition } from '../use-cases/entities.js';
import type { Page } from '../use-cases/page.js';
import { META, type PageAnswer } from './answers.js';
import { parse } from './parameters.js';
import { invalidParameter, type Family } from './refusal.js';
import { PAGING } from './requests.js';

const MOST = 1000;
const DEFAULT = 50;

/** Where a page is. Lists of a record count pages; services have numbers; entities go on where the store left off. */
interface Position extends Partial<EntityPosition> {
  readonly page: number;
  /** The number of the first item, in a list whose items have one. */
  readonly from?: number | null;
}

/** One page of one list, as a client asked for it. */
export class Paging {
  readonly page: number;
  readonly pageSize: number;
  /** Where a list in the order of the store goes on. */
  readonly position: EntityPosition;
  /** The number of the first item; null: as `page` says. */
  readonly from: number | null;
  /** The list, by its path and filters; a token is good for no other. */
  readonly #list: string;
  readonly #url: string;
  readonly #filters: Readonly<Record<string, string>>;
  readonly #token: string | undefined;

  /** @throws TwilioError for a number that is none, and a token that is of another list or nobody's */
  constructor(list: { readonly owner: string; readonly url: string }, query: Query, filters: Filters, family: Family) {
    const { PageSize = DEFAULT, Page = 0, PageToken } = parse(PAGING, query, family);
    this.#url = list.url;
    this.#filters = Object.fromEntries(
      Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    this.#list = digest(JSON.stringify([list.owner, new URL(list.url).pathname, this.#filters]));
    this.#token = PageToken;
    const known = PageToken === undefined ? { page: Page } : this.#read(PageToken);
    if (known === null) throw invalidParameter('PageToken', family);
    const { page, cursor = null, skip = 0, from = null } = known;
    this.page = page;
    this.pageSize = Math.min(Math.max(PageSize, 1), MOST);
    this.position = { cursor, skip };
    this.from = from;
  }

  /** The body of a page of a list that counts pages. */
  represent<Item, Source>(
    answer: PageAnswer<Source>,
    { items, hasNext }: Page<Item>,
    sourceOf: (item: Item) => Source,
  ): object {
    const { page } = this;
    return this.#body(answer, items.map(sourceOf), {
      previous: page === 0 ? null : { page: page - 1 },
      next: hasNext ? { page: page + 1 } : null,
    });
  }

  /** The body of a page of a list whose items have numbers: what comes and goes between two pages moves nothing. */
  representNumbered<Item, Source>(
    answer: PageAnswer<Source>,
    { items, previous, next }: Numbered<Item>,
    sourceOf: (item: Item) => Source,
  ): object {
    const { page } = this;
    return this.#body(answer, items.map(sourceOf), {
      previous: previous === null ? null : { page: Math.max(0, page - 1), from: previous },
      next: next === null ? null : { page: page + 1, from: next },
    });
  }

  /** The body of a page of a list that only goes forward. */
  representForward<Item, Source>(
    answer: PageAnswer<Source>,
    items: readonly Item[],
    next: EntityPosition | null,
    sourceOf: (item: Item) => Source,
  ): object {
    const position = next === null ? null : { ...next, page: this.page + 1 };
    return this.#body(answer, items.map(sourceOf), { previous: null, next: position });
  }

  #body<Source>(
    { key, item }: PageAnswer<Source>,
    sources: readonly Source[],
    { previous, next }: { readonly previous: Position | null; readonly next: Position | null },
  ): object {
    return {
      [key]: sources.map((source) => item.represent(source)),
      meta: META.represent({
        page: this.page,
        page_size: this.pageSize,
        first_page_url: this.#at(0, undefined),
        previous_page_url: previous === null ? null : this.#at(previous.page, this.#write(previous)),
        url: this.#at(this.page, this.#token),
        next_page_url: next === null ? null : this.#at(next.page, this.#write(next)),
        key,
      }),
    };
  }

  #at(page: number, token: string | undefined): string {
    const query = new URLSearchParams({
      ...this.#filters,
      PageSize: this.pageSize.toString(),
      Page: page.toString(),
      ...(token !== undefined && { PageToken: token }),
    });
    return `${this.#url}?${query.toString()}`;
  }

  #write({ page, cursor, skip, from }: Position): string {
    return Buffer.from(JSON.stringify([this.#list, page, cursor, skip, from])).toString('base64url');
  }

  #read(token: string): Position | null {
    const written = fromJson(Buffer.from(token, 'base64url').toString());
    const [list, page, cursor, skip, from] = [0, 1, 2, 3, 4].map((index) => memberOf(written, index.toString()));
    if (list !== this.#list || !isCount(page)) return null;
    return {
      page,
      cursor: typeof cursor === 'string' ? cursor : null,
      skip: isCount(skip) ? skip : 0,
      from: isCount(from) ? from : null,
    };
  }
}

/** A page of a list whose items have numbers, with those of the first items of the pages beside it. */
export interface Numbered<Item> {
  readonly items: readonly Item[];
  readonly previous: number | null;
  readonly next: number | null;
}

type Query = Readonly<Record<string, unknown>>;
type Filters = Readonly<Record<string, string | undefined>>;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
