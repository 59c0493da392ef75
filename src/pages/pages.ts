import { hash } from 'node:crypto';
import type { ChallengeModel } from './challenge.js';
import type { EndedChallengeModel } from './ended-challenge.js';
import type { EnrollModel } from './enroll.js';
import type { FactorModel } from './factor.js';
import { Formats } from './formats.js';
import type { OverviewModel } from './overview.js';
import type { Brand, Page } from './page.js';
import type { RecoveryCodesModel } from './recovery-codes.js';
import type { RefusalModel } from './refusal.js';
import { SCRIPT } from './script.js';
import { stylesheetOf, type Colors } from './stylesheet.js';
import type { Text } from './text.js';
import type { UnlockModel } from './unlock.js';

/** Every page, and what it is made from. */
export interface PageModels {
  readonly overview: OverviewModel;
  readonly enroll: EnrollModel;
  readonly factor: FactorModel;
  readonly recoveryCodes: RecoveryCodesModel;
  readonly challenge: ChallengeModel;
  readonly endedChallenge: EndedChallengeModel;
  readonly unlock: UnlockModel;
  readonly refusal: RefusalModel;
}

/** Pages of your own in the place of ours: each makes a whole HTML document, and escapes what it puts into it. */
export type Views = {
  readonly [Name in keyof PageModels]?: (model: PageModels[Name], page: Page) => string;
};

/** The names of the pages. */
export const PAGES: readonly (keyof PageModels)[] = [
  'overview',
  'enroll',
  'factor',
  'recoveryCodes',
  'challenge',
  'endedChallenge',
  'unlock',
  'refusal',
];

/** A file that the pages load. Its name changes with what is in it, so that browsers can keep it for ever. */
export interface Asset {
  readonly name: string;
  readonly type: 'css' | 'js';
  readonly content: string;
}

export interface PagesParts {
  /** Where the files are served, from the origin's root. */
  readonly assetsUrl: string;
  readonly brand: Brand;
  readonly colors: Colors;
  readonly languages: Readonly<Record<string, Text>>;
  readonly views: Views;
}

/** The pages of one app. */
export class Pages {
  readonly assets: readonly Asset[];
  readonly #parts: PagesParts;
  readonly #urls: Page['assets'];

  constructor(parts: PagesParts) {
    this.#parts = parts;
    const stylesheet = asset('css', stylesheetOf(parts.colors));
    const script = asset('js', SCRIPT);
    this.assets = [stylesheet, script];
    this.#urls = { stylesheet: `${parts.assetsUrl}/${stylesheet.name}`, script: `${parts.assetsUrl}/${script.name}` };
  }

  /** The tags of the languages that there are. */
  get languages(): readonly string[] {
    return Object.keys(this.#parts.languages);
  }

  get logo(): string | null {
    return this.#parts.brand.logo;
  }

  /** Whether the page is one of the host's own. */
  isOwn(name: keyof PageModels): boolean {
    return this.#parts.views[name] !== undefined;
  }

  /** A page as HTML. Ours are loaded with the first of them that somebody looks at: not every app shows one. */
  async render<Name extends keyof PageModels>(name: Name, model: PageModels[Name], language: string): Promise<string> {
    const { brand, languages, views } = this.#parts;
    const text = languages[language];
    if (text === undefined) throw new RangeError(`there is no language "${language}"`);
    const page = { text, formats: new Formats(text.language), brand, assets: this.#urls };
    const view = views[name];
    if (view !== undefined) return view(model, page);
    const { renderOwn } = await import('./own-pages.js');
    return renderOwn(name, model, page);
  }
}

function asset(type: Asset['type'], content: string): Asset {
  return { name: `pages-${hash('sha256', content).slice(0, 16)}.${type}`, type, content };
}
