export { createMfa, type Mfa } from './mfa.js';
export type { GrantOptions, HookContext, LimitOptions, MfaOptions } from './options.js';
export { MfaError, type MfaErrorCode } from './errors.js';
export type { MfaEvent, MfaEventListener, MfaEvents } from './events.js';
export { MemoryStore } from './store/memory.js';
export type { KeyPage, Loaded, Store, StoreKey, Version, VersionedDocument, Write } from './store/store.js';
