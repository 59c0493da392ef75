/** What the doors are told by the host's options. */
export interface WebSettings {
  readonly path: string;
  readonly origins: readonly string[];
  readonly isolate: boolean;
  readonly login: 'answer' | 'continue';
  readonly preserve: readonly string[];
  readonly codeField: string;
  readonly codeHeader: string | null;
}
