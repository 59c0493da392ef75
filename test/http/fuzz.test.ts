import { runFuzz } from '../fuzz/run.js';

const { FUZZ_REQUESTS = '10000', FUZZ_SEED = (Date.now() % 2 ** 31).toString() } = process.env;

it(`${FUZZ_REQUESTS} malformed requests are answered without a failure, an approval or a charge`, async () => {
  const { wrongs, unreached } = await runFuzz({ requests: Number(FUZZ_REQUESTS), seed: Number(FUZZ_SEED) });
  expect(wrongs).toEqual([]);
  expect(unreached).toEqual([]);
}, 600_000);
