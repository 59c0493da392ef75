import type { Request, Response } from 'express';
import type { PageModels } from '../pages/pages.js';
import type { Current } from './current.js';

/** Answers with a page, in the language of whoever asks for it. */
export async function sendPage<Name extends keyof PageModels>(
  current: Current<unknown>,
  name: Name,
  model: PageModels[Name],
): Promise<void> {
  const { req, res, parts } = current;
  const { pages, hooks } = parts;
  const html = await pages.render(name, model, languageOf(req, pages.languages, hooks.language(req)));
  // A page of the host's own may load what it likes; what ours loads is known.
  if (!pages.isOwn(name)) setPolicy(res, pages.logo);
  res.type('html').send(html);
}

function setPolicy(res: Response, logo: string | null): void {
  const logoOrigin = logo !== null && URL.canParse(logo) && logo.startsWith('http') ? ` ${new URL(logo).origin}` : '';
  res.set(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:${logoOrigin}; ` +
      `form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
}

/** The tag of the language: what the app says, else what the browser asks for, else English. */
function languageOf(req: Request, known: readonly string[], chosen: string | undefined): string {
  const said = chosen === undefined ? undefined : matching(chosen, known);
  return said ?? (req.acceptsLanguages([...known]) || 'en');
}

/** `de-AT` is served by `de`. */
function matching(tag: string, known: readonly string[]): string | undefined {
  const wanted = tag.toLowerCase();
  const [primary] = wanted.split('-');
  return (
    known.find((candidate) => candidate.toLowerCase() === wanted) ??
    known.find((candidate) => candidate.toLowerCase() === primary)
  );
}
