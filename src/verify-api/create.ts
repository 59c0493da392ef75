import { partsOf } from '../mfa-parts.js';
import { Credentials } from './credentials.js';
import { Directory } from './directory.js';
import { requireOptions, type VerifyApi, type VerifyApiOptions } from './options.js';
import { createRouter } from './router.js';

/**
 * Twilio's Verify API for TOTP, for the root of an app: `app.use(createVerifyApi({ mfa, accounts }))`. Its services are of
 * their own; the app's users are in none of them, unless `shareWithApp` says so.
 * @throws TypeError that names the option, what it may be, and never a secret
 */
export function createVerifyApi(options: VerifyApiOptions): VerifyApi {
  requireOptions(options);
  const { accounts, publicUrl = null, shareWithApp = false } = options;
  const parts = partsOf(options.mfa);
  const directory = new Directory(parts, shareWithApp, () => ({ isHeard: () => false, emit: () => Promise.resolve() }));
  const router = createRouter({
    directory,
    credentials: new Credentials(accounts),
    clock: parts.clock,
    publicUrl: publicUrl?.replace(/\/+$/, '') ?? null,
    mayCall: () => false,
  });
  return Object.assign(router, {
    close: () => Promise.resolve(),
    rekey: async () => {
      let rekeyed = 0;
      const unreadable: string[] = [];
      for (const { sid } of accounts) {
        const documents = await directory.services.rekey(sid);
        rekeyed += documents.rekeyed;
        for (const service of documents.services) {
          const { administration } = directory.roomOf(service);
          let cursor: string | null = null;
          do {
            const page = await administration.rekey({ cursor });
            rekeyed += page.rekeyed;
            unreadable.push(...page.unreadable);
            ({ cursor } = page);
          } while (cursor !== null);
        }
      }
      return { rekeyed, unreadable };
    },
  });
}
