import fc, { type Arbitrary } from 'fast-check';
import type { Header } from './request.js';

/** One of these values. */
export const oneOf = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);

/** The usual one `weight` times out of `weight + 1`. */
export const mostly = <T>(weight: number, usual: Arbitrary<T>, odd: Arbitrary<T>): Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });

/** One header, with one of these values. */
export const header = (name: string, values: readonly string[]): Arbitrary<readonly Header[]> =>
  oneOf(values.map((value) => [[name, value]] as const));

/** The words of a text, in its order. */
export const wordsOf = (text: string): readonly string[] => text.trim().split(/\s+/);
