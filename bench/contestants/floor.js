// What no second factor can be faster than: a body, a session, and one or two round trips to Redis.
import { randomBytes } from 'node:crypto';

const LOAD = `return redis.call('GET', KEYS[1])`;
const SAVE = `
if redis.call('GETRANGE', KEYS[1], 0, 21) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3])
return 1
`;
/** A document as long as that of a user with one factor. */
export const DOCUMENT = Buffer.alloc(450, 'd');
const VERSION_LENGTH = 22;

function floor(trips) {
  return {
    path: '/verify',
    codes: 'any',
    store: 'redis',
    wire: async ({ id: name, app, redis }) => {
      const documents = defineDocuments(redis(), name);
      const versions = new Map();
      const versionOf = async (id) => (trips === 1 ? versions.get(id) : (await documents.load(id)).version);
      app.post('/verify', async (req, res) => {
        const { userId } = req.session;
        const saved = await documents.save(userId, { replaces: await versionOf(userId), document: DOCUMENT });
        versions.set(userId, saved);
        res.json({ approved: saved !== null, code: req.body.code });
      });
      return {
        enroll: async (id) => {
          versions.set(id, await documents.put(id, DOCUMENT));
          return { secret: 'MFRGGZDFMZTWQ2LK' };
        },
      };
    },
    isApproved: ({ status, body }) => status === 200 && body.approved,
    isRefused: () => false,
  };
}

/** Documents with versions: a round trip to load one, and one to write it if nobody wrote meanwhile. */
export function defineDocuments(client, prefix) {
  client.defineCommand('loadDocument', { numberOfKeys: 1, lua: LOAD });
  client.defineCommand('saveDocument', { numberOfKeys: 1, lua: SAVE });
  const keyOf = (id) => `${prefix}:${id}`;
  return {
    load: async (id) => {
      const stored = await client.loadDocumentBuffer(keyOf(id));
      return {
        version: stored.toString('latin1', 0, VERSION_LENGTH),
        document: stored.subarray(VERSION_LENGTH),
      };
    },
    /** The new version; null where somebody else wrote meanwhile. */
    save: async (id, { replaces, document }) => {
      const version = newVersion();
      return (await client.saveDocument(keyOf(id), replaces, version, document)) === 1 ? version : null;
    },
    put: async (id, document) => {
      const version = newVersion();
      await client.set(keyOf(id), Buffer.concat([Buffer.from(version), document]));
      return version;
    },
  };
}

const newVersion = () => randomBytes(16).toString('base64url');

export const limit1 = floor(1);
export const limit2 = floor(2);
