import { elementsOf, hostApp, loggedInBrowser, readPage, type PageElement } from '../support/host-app.js';

// A reader of QR codes (ISO/IEC 18004, model 2, error correction M, byte mode), so that what a phone would read is read
// here, from the picture alone and by none of the code that drew it.

type Matrix = readonly (readonly boolean[])[];

/** The picture as modules, quiet zone and all. */
function modulesOf(svg: PageElement): Matrix {
  const size = Number((svg.attributes['viewBox'] ?? '').split(' ')[2]);
  const [light, dark] = elementsOf(svg, 'path');
  expect(light?.attributes).toEqual({ fill: '#fff', d: `M0 0h${size}v${size}H0z` });
  expect(dark?.attributes['fill']).toBe('#000');
  const squares = (dark?.attributes['d'] ?? '').split('z').filter((square) => square !== '');
  const isDark = new Set(
    squares.map((square) => {
      const [, x, y] = /^M(\d+) (\d+)h1v1h-1$/.exec(square) ?? [];
      if (x === undefined || y === undefined) throw new Error(`not a module: ${square}`);
      return `${x} ${y}`;
    }),
  );
  return range(size).map((y) => range(size).map((x) => isDark.has(`${x} ${y}`)));
}

/** Without the four light modules around it, which scanners need. */
function withoutQuietZone(modules: Matrix): Matrix {
  const inner = modules.length - 8;
  const isInner = (n: number): boolean => n >= 4 && n < inner + 4;
  modules.forEach((row, y) => row.forEach((isDark, x) => expect(isDark && !(isInner(x) && isInner(y))).toBe(false)));
  return range(inner).map((y) => range(inner).map((x) => modules[y + 4]?.[x + 4] === true));
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Of versions 1 to 18 with error correction M: its codewords in each block, and the blocks. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13];

function read(modules: Matrix): string {
  const at = (x: number, y: number): boolean => modules[y]?.[x] === true;
  const size = modules.length;
  const version = (size - 17) / 4;
  const format = numberOf(
    [
      [8, 0],
      [8, 1],
      [8, 2],
      [8, 3],
      [8, 4],
      [8, 5],
      [8, 7],
      [8, 8],
      [7, 8],
      [5, 8],
      [4, 8],
      [3, 8],
      [2, 8],
      [1, 8],
      [0, 8],
    ]
      .map(([x = 0, y = 0]) => at(x, y))
      .reverse(),
  );
  const unmasked = (format ^ 0x5412) >> 10;
  // Level M is 00.
  expect(unmasked >> 3).toBe(0);
  const isMasked = MASKS[unmasked & 7] ?? (() => false);

  const bits: boolean[] = [];
  for (let right = size - 1; right >= 1; right -= right === 8 ? 3 : 2) {
    const isUpward = ((right + 1) & 2) === 0;
    for (const step of range(size)) {
      const y = isUpward ? size - 1 - step : step;
      for (const x of [right, right - 1]) if (!isFunction(x, y, version)) bits.push(at(x, y) !== isMasked(x, y));
    }
  }
  const codewords = range(Math.floor(bits.length / 8)).map((i) => numberOf(bits.slice(i * 8, i * 8 + 8)));
  return textOfCodewords(dataOf(codewords, version), version);
}

/** Finders, timing, alignment, format and version: everything that holds no data. */
function isFunction(x: number, y: number, version: number): boolean {
  const size = version * 4 + 17;
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9)) return true;
  if (version >= 7 && ((x < 6 && y >= size - 11) || (x >= size - 11 && y < 6))) return true;
  const centres = alignmentCentres(version);
  const last = size - 7;
  return centres.some((cx) =>
    centres.some((cy) => {
      const isFinder = (cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6);
      return !isFinder && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
    }),
  );
}

function alignmentCentres(version: number): readonly number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  return [6, ...range(count - 1).map((i) => version * 4 + 10 - (count - 2 - i) * step)];
}

/** The data codewords in their order, after each block was found free of errors. */
function dataOf(codewords: readonly number[], version: number): readonly number[] {
  const blocks = BLOCKS[version - 1] ?? 0;
  const correction = CORRECTION[version - 1] ?? 0;
  const long = codewords.length % blocks;
  const short = Math.floor(codewords.length / blocks) - correction;
  const lengths = range(blocks).map((block) => short + (block >= blocks - long ? 1 : 0));
  const made: number[][] = lengths.map(() => []);
  let next = 0;
  const deal = (wants: (block: number) => boolean): void => {
    made.forEach((block, i) => {
      if (wants(i)) block.push(codewords[next++] ?? 0);
    });
  };
  for (const i of range(short + 1)) deal((block) => i < (lengths[block] ?? 0));
  for (let i = 0; i < correction; i += 1) deal(() => true);
  for (const block of made) for (const i of range(correction)) expect(syndrome(block, i)).toBe(0);
  return made.flatMap((block, i) => block.slice(0, lengths[i]));
}

/** The block as a polynomial over GF(256), at the i-th power of the generator: 0 where nothing was misread. */
function syndrome(block: readonly number[], power: number): number {
  const double = (n: number): number => (n << 1) ^ (n >> 7 === 1 ? 0x11d : 0);
  const times = (n: number): number => range(power).reduce(double, n);
  return block.reduce((sum, codeword) => times(sum) ^ codeword, 0);
}

function textOfCodewords(data: readonly number[], version: number): string {
  const bits = data.flatMap((byte) => range(8).map((i) => ((byte >> (7 - i)) & 1) === 1));
  expect(numberOf(bits.slice(0, 4))).toBe(4);
  const start = version < 10 ? 12 : 20;
  const length = numberOf(bits.slice(4, start));
  const bytes = range(length).map((i) => numberOf(bits.slice(start + i * 8, start + i * 8 + 8)));
  return Buffer.from(bytes).toString('utf8');
}

function numberOf(bits: readonly boolean[]): number {
  return bits.reduce((sum, bit) => sum * 2 + (bit ? 1 : 0), 0);
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}

describe('the QR code of an enrollment', () => {
  it.each([
    ['short names', 'Acme', 'ann'],
    ['names of other scripts', 'Café 日本', 'ánn@例え.jp'],
    ['the longest names that fit', 'I'.repeat(64), `${'a'.repeat(50)}@example.com`],
    ['names that percent-encoding makes long', 'é'.repeat(64), '日'.repeat(64)],
  ])('reads as the very URI beside it, with %s', async (_what, issuer, accountName) => {
    const { app } = hostApp({ options: { issuer, accountName: () => accountName } });
    const browser = await loggedInBrowser(app, 'ann');
    await browser.post('/mfa/factors').type('form').send({});
    const page = readPage((await browser.get('/mfa/factors')).text);
    const [svg] = elementsOf(page, 'svg');
    const [link] = elementsOf(page, 'a');
    const uri = link?.attributes['href'] ?? '';
    expect(uri).toMatch(
      /^otpauth:\/\/totp\/[^:]+:[^:?]+\?secret=[A-Z2-7]{32}&issuer=[^&]+&algorithm=SHA1&digits=6&period=30$/,
    );
    expect(svg && read(withoutQuietZone(modulesOf(svg)))).toBe(uri);
  });
});
