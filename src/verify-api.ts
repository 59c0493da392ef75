export { createVerifyApi } from './verify-api/create.js';
export type { AccountOptions, ApiKeyOptions, Scope, VerifyApi, VerifyApiOptions } from './verify-api/options.js';
