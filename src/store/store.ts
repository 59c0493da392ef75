/**
 * The store port: four verbs, no rules. A store keeps opaque documents with a version and knows nothing of factors.
 * `describeStore` (from `passport-factors/testing`) holds every implementation to what is promised here.
 */

/**
 * The name of a document, `kind:id`. The kind is everything before the last colon.
 * Printable ASCII with at least one colon, at most 200 characters; compared byte for byte.
 */
export type StoreKey = string;

/** A fresh random name of one write: 22 characters of base64url, never used twice. */
export type Version = string;

export interface VersionedDocument {
  readonly document: Uint8Array;
  readonly version: Version;
}

export interface Loaded {
  /** What is stored, or null. */
  readonly found: VersionedDocument | null;
  /**
   * The instant (ms, on the caller's clock) from which the store vouches that no write it acknowledged was lost.
   * 0: it never lost one. A store that may forget its newest writes (an asynchronous replica that was promoted,
   * a restart from an old file) answers with the `now` of the first load after that.
   */
  readonly since: number;
}

export interface Write {
  /** The version that this document gets. */
  readonly version: Version;
  /** The version that must be stored now; null: nothing may be. */
  readonly replaces: Version | null;
  /**
   * Milliseconds after which the store may forget the document. Without it the document is permanent, even where it was
   * not before. Rubbish collection only: no rule depends on it.
   */
  readonly expiresIn?: number;
}

export interface KeyPage {
  readonly keys: readonly StoreKey[];
  /** Where the next page starts; null after the last. */
  readonly cursor: string | null;
}

/**
 * Where documents live. Every verb may throw; a caller takes that as "outcome unknown", never as "no".
 * Reads and writes go to the primary.
 */
export interface Store {
  /** The document at `key`, or null. `now` (ms) is the caller's clock, for `since`. */
  load(key: StoreKey, now: number): Promise<Loaded>;
  /**
   * Writes if, and only if, the stored version is `replaces`, in one indivisible step; else `conflict` and nothing changes.
   * Where `version` is already the stored one, the answer is `saved` and nothing is written: resending is harmless.
   */
  save(key: StoreKey, document: Uint8Array, write: Write): Promise<'saved' | 'conflict'>;
  /** Removes if the stored version is `replaces`, or if nothing is stored; else `conflict`. */
  remove(key: StoreKey, removal: { readonly replaces: Version }): Promise<'removed' | 'conflict'>;
  /**
   * Keys of one kind, in some order, page by page from `cursor: null`; for administration only. `limit` is the size to aim
   * at: a page may be shorter or empty and still have a cursor. Every key that is there throughout is named at least once.
   */
  list(kind: string, cursor: string | null, limit: number): Promise<KeyPage>;
}
