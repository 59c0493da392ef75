export { RedisStore, type RedisStoreOptions } from './store/redis.js';
export type { IoredisClient } from './store/redis-client.js';
export type { RedisFinding } from './store/redis-findings.js';
