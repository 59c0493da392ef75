import { MfaError } from '../errors.js';

/** Which part of a list is wanted. */
export interface PageRequest {
  /** From 0. @default 0 */
  readonly page?: number | undefined;
  /** Items of a page, 1–1000. @default 50 */
  readonly pageSize?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pageSize: number;
  /** Whether a further page follows. */
  readonly hasNext: boolean;
}

/**
 * One page of a list.
 * @throws MfaError `invalid_request` where page or page size are no such numbers
 */
export function pageOf<Item>(items: readonly Item[], { page = 0, pageSize = 50 }: PageRequest): Page<Item> {
  if (!Number.isSafeInteger(page) || page < 0) throw new MfaError('invalid_request', 'page must be 0 or more');
  if (!Number.isSafeInteger(pageSize) || pageSize < 1 || pageSize > 1000) {
    throw new MfaError('invalid_request', 'page_size must be 1 to 1000');
  }
  const first = page * pageSize;
  return {
    items: items.slice(first, first + pageSize),
    page,
    pageSize,
    hasNext: items.length > first + pageSize,
  };
}
