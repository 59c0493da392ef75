// A million malformed requests, half of them to either Express. Prints one line of JSON.
import { fuzzBoth } from './both.js';

const { FUZZ_REQUESTS = '1000000', FUZZ_SEED = (Date.now() % 2 ** 31).toString() } = process.env;
/** MB. A short run has not warmed up after its first tenth. */
const mostGrowth = Number(FUZZ_REQUESTS) < 200_000 ? Infinity : 50;

const results = await fuzzBoth({ requests: Number(FUZZ_REQUESTS), seed: Number(FUZZ_SEED) });
console.log(JSON.stringify(results));
const isWell = Object.values(results).every(
  ({ wrongs, unreached, grownBy }) => wrongs.length === 0 && unreached.length === 0 && grownBy < mostGrowth,
);
process.exitCode = isWell ? 0 : 1;
