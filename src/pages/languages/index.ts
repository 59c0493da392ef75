import type { Text } from '../text.js';
import { ar } from './ar.js';
import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { ja } from './ja.js';
import { pt } from './pt.js';
import { zh } from './zh.js';

/** The languages that come with the package, by the tag under which a browser asks for them. */
export const LANGUAGES: Readonly<Record<'en' | 'de' | 'fr' | 'es' | 'pt' | 'ja' | 'zh' | 'ar', Text>> = {
  en,
  de,
  fr,
  es,
  pt,
  ja,
  zh,
  ar,
};
