import { ASSETS } from './http/router.js';
import type { CommonOptions } from './options.js';
import { LANGUAGES } from './pages/languages/index.js';
import { Pages } from './pages/pages.js';
import type { Color } from './pages/stylesheet.js';

/** The pages as the options want them. @throws TypeError that names the option, what it got and what it may be */
export function resolvePages(
  { language, languages = {}, theme = {}, views = {} }: CommonOptions<never>,
  { path, issuer }: { readonly path: string; readonly issuer: string },
): Pages {
  const { name = issuer, logo = null, colors = {} } = theme;
  for (const tag of Object.keys(languages)) requireLanguage('languages', tag);
  for (const [key, { language: tag }] of Object.entries(languages)) requireLanguage(`languages.${key}.language`, tag);
  const known = { ...LANGUAGES, ...languages };
  if (typeof language === 'string' && !Object.hasOwn(known, language)) {
    throw new TypeError(
      `createMfa: language must be one of ${Object.keys(known).join(', ')}, got ${JSON.stringify(language)}`,
    );
  }
  requireLogo(logo);
  const chosen = Object.fromEntries(Object.entries<Color | undefined>({ ...colors }).filter(isChosen));
  for (const [key, color] of Object.entries(chosen)) requireColor(`theme.colors.${key}`, color);
  return new Pages({ assetsUrl: `${path}/${ASSETS}`, brand: { name, logo }, colors: chosen, languages: known, views });
}

function isChosen(entry: [string, Color | undefined]): entry is [string, Color] {
  return entry[1] !== undefined;
}

function requireLanguage(name: string, tag: string): void {
  try {
    Intl.getCanonicalLocales(tag);
  } catch {
    throw new TypeError(`createMfa: ${name} must be language tags such as 'nl', got ${JSON.stringify(tag)}`);
  }
}

function requireLogo(logo: string | null): void {
  if (logo === null || /^(\/(?![/\\])|https:\/\/|data:image\/)/.test(logo)) return;
  throw new TypeError(
    `createMfa: theme.logo must be a path, an https: or a data:image/ URL, got ${JSON.stringify(logo.slice(0, 40))}`,
  );
}

/** A color stands in the stylesheet as it is: nothing that could end the declaration. */
function requireColor(name: string, color: Color): void {
  const given = typeof color === 'string' ? [color] : [color.light, color.dark];
  const wrong = given.find((each) => !/^(?=.{1,64}$)(#[\da-f]{3,8}|[a-z]+(\([\w%., /+-]*\))?)$/i.test(each));
  if (wrong === undefined) return;
  throw new TypeError(`createMfa: ${name} must be a CSS color such as '#0b57d0', got ${JSON.stringify(wrong)}`);
}
