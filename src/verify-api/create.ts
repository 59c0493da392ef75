import { partsOf } from '../mfa-parts.js';
import { Credentials } from './credentials.js';
import { Directory } from './directory.js';
import { requireOptions, type VerifyApi, type VerifyApiOptions } from './options.js';
import { createRouter } from './router.js';
import { OFFERED_EVENTS } from '../domain/service.js';
import type { MfaEvent, MfaEvents } from '../events.js';
import { mayReach } from '../webhooks/post.js';
import { WebhookSender } from '../webhooks/sender.js';

/**
 * Twilio's Verify API for TOTP, for the root of an app: `app.use(createVerifyApi({ mfa, accounts }))`. Its services are of
 * their own; the app's users are in none of them, unless `shareWithApp` says so.
 * @throws TypeError that names the option, what it may be, and never a secret
 */
export function createVerifyApi(options: VerifyApiOptions): VerifyApi {
  requireOptions(options);
  const { accounts, publicUrl = null, shareWithApp = false } = options;
  const parts = partsOf(options.mfa);
  const { allowHttp = false, allowPrivate = false } = options.webhooks ?? {};
  const reach = { allowHttp, allowPrivate };
  const webhooks = new WebhookSender(
    parts.clock,
    reach,
    new Map(accounts.map(({ sid, authToken }) => [sid, authToken])),
  );
  const directory = new Directory(parts, shareWithApp, webhooks);
  const unsubscribe = shareWithApp ? tellOfApp(parts.events, directory, webhooks, accounts) : () => undefined;
  const router = createRouter({
    directory,
    credentials: new Credentials(accounts),
    clock: parts.clock,
    publicUrl: publicUrl?.replace(/\/+$/, '') ?? null,
    mayCall: (url) => mayReach(url, reach),
  });
  return Object.assign(router, {
    close: async () => {
      unsubscribe();
      webhooks.close();
    },
    rekey: async () => {
      let rekeyed = 0;
      const unreadable: string[] = [];
      for (const { sid } of accounts) {
        const documents = await directory.rekey(sid);
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

/** Tells the webhooks that accounts added to the app's own service what happens in it. Returns the function that ends it. */
function tellOfApp(
  events: MfaEvents,
  directory: Directory,
  webhooks: WebhookSender,
  accounts: VerifyApiOptions['accounts'],
): () => void {
  const tell = async ({ identity, at, ...event }: MfaEvent): Promise<void> => {
    for (const service of await directory.appServices(accounts.map(({ sid }) => sid))) {
      await webhooks.send(service, identity, { ...event, at: at.getTime() });
    }
  };
  const ends = OFFERED_EVENTS.map((type) => events.on(type, tell));
  return () => {
    for (const end of ends) end();
  };
}
