// A store that reads, compares and then writes: what most stores of one-time codes do. The races must catch it.
export class NaiveRedisStore {
  #redis;

  constructor(redis) {
    this.#redis = redis;
  }

  async load(key) {
    const stored = await this.#redis.getBuffer(`naive:${key}`);
    if (stored === null) return { found: null, since: 0 };
    const end = stored.indexOf(10);
    return { found: { version: stored.toString('latin1', 0, end), document: stored.subarray(end + 1) }, since: 0 };
  }

  async save(key, document, { version, replaces }) {
    const { found } = await this.load(key);
    if ((found?.version ?? null) !== replaces) return 'conflict';
    await this.#redis.set(`naive:${key}`, Buffer.concat([Buffer.from(`${version}\n`), document]));
    return 'saved';
  }

  async remove(key, { replaces }) {
    const { found } = await this.load(key);
    if (found !== null && found.version !== replaces) return 'conflict';
    await this.#redis.del(`naive:${key}`);
    return 'removed';
  }

  async list() {
    return { keys: [], cursor: null };
  }
}
