import type { Formats } from './formats.js';
import type { Text } from './text.js';

/** What every page is made with, besides its own model. */
export interface Page {
  readonly text: Text;
  readonly formats: Formats;
  readonly brand: Brand;
  /** URLs of what a page loads. */
  readonly assets: { readonly stylesheet: string; readonly script: string };
}

/** Whose page it is. */
export interface Brand {
  readonly name: string;
  /** URL of a picture; null: the name alone. */
  readonly logo: string | null;
}
