// A page of a session with a password alone, and what a second factor that is asked for at every look adds at the least.
import { defineDocuments, DOCUMENT } from './floor.js';

/** As many characters as our login record has, once its grant was held against the entity's record. */
const RECORD = 'r'.repeat(190);

/** `beforeOf` gives what runs before each look, and what an identity needs for it. */
function page(beforeOf) {
  return {
    path: '/page',
    codes: 'none',
    store: 'none',
    wire: async (host) => {
      const { app, passport } = host;
      const { before = [], enroll = () => Promise.resolve() } = beforeOf(host);
      app.use(passport.session());
      app.get('/page', before, (req, res) =>
        req.isAuthenticated() ? res.json({ id: req.user.id }) : res.status(401).json({ error: 'who are you?' }),
      );
      return {
        enroll: async (id) => {
          await enroll(id);
          return { secret: 'MFRGGZDFMZTWQ2LK' };
        },
      };
    },
    isApproved: ({ status, body }) => status === 200 && body.id !== undefined,
    isRefused: ({ status }) => status === 401,
  };
}

export const pageBare = page(() => ({}));

/** One round trip for each look; what comes is not even read. */
export const pageLimit1 = {
  ...page(({ id: name, redis }) => {
    const documents = defineDocuments(redis(), name);
    return {
      before: (req, _res, next) => {
        documents.load(req.user.id).then(() => next(), next);
      },
      enroll: (id) => documents.put(id, DOCUMENT),
    };
  }),
  store: 'redis',
};

/** Nothing but a session that is longer by the login record. */
export const pageLimit0 = page(() => ({
  before: (req, _res, next) => {
    req.session.mfa ??= RECORD;
    next();
  },
}));
