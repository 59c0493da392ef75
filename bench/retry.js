import { setTimeout } from 'node:timers/promises';

/** What `work` gives. Where it fails, it is tried again after `pause()` ms; after `tries` it is given up. */
export async function retry(work, { tries, pause }) {
  try {
    return await work();
  } catch (error) {
    console.log(`failed: ${error.message}`);
    if (tries === 1) throw error;
    await setTimeout(pause());
    return retry(work, { tries: tries - 1, pause });
  }
}
