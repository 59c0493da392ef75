import { createChallenge, fetchChallenge, listChallenges, updateChallenge } from './challenges.js';
import { createEntity, fetchEntity, listEntities, removeEntity } from './entities.js';
import { atService, type Route, type Routes } from './exchange.js';
import { createFactor, fetchFactor, listFactors, removeFactor, updateFactor } from './factors.js';
import { FACTOR_FAMILY, unsupported } from './refusal.js';
import { openapi } from './openapi.js';
import { createService, fetchService, listServices, removeService, updateService } from './services.js';
import { createWebhook, fetchWebhook, listWebhooks, removeWebhook, updateWebhook } from './webhooks.js';

/** Calls for push and passkeys, which there are not: Twilio's words for it, but nothing of a service that is not the caller's. */
const refused = (isOfService: boolean): Route => ({
  scope: 'read',
  family: FACTOR_FAMILY,
  readsForm: false,
  handle: async (exchange) => {
    if (isOfService) await atService(exchange);
    throw unsupported();
  },
});

const showDocument: Route = {
  scope: 'read',
  family: FACTOR_FAMILY,
  answer: { name: 'OpenApiDocument', schema: { type: 'object' } },
  handle: async ({ res, root }) => {
    res.json(openapi(ROUTES, root));
  },
};

const ENTITY = '/v2/Services/:service/Entities/:identity';

/** Every path of the API and what can be done there. Any other method is answered with 405. */
export const ROUTES: Routes = {
  '/v2/openapi.json': { GET: showDocument },
  '/v2/Services': { GET: listServices, POST: createService },
  '/v2/Services/:service': { GET: fetchService, POST: updateService, DELETE: removeService },
  '/v2/Services/:service/Webhooks': { GET: listWebhooks, POST: createWebhook },
  '/v2/Services/:service/Webhooks/:sid': { GET: fetchWebhook, POST: updateWebhook, DELETE: removeWebhook },
  '/v2/Services/:service/Entities': { GET: listEntities, POST: createEntity },
  [ENTITY]: { GET: fetchEntity, DELETE: removeEntity },
  [`${ENTITY}/Factors`]: { GET: listFactors, POST: createFactor },
  [`${ENTITY}/Factors/:sid`]: { GET: fetchFactor, POST: updateFactor, DELETE: removeFactor },
  [`${ENTITY}/Challenges`]: { GET: listChallenges, POST: createChallenge },
  [`${ENTITY}/Challenges/:sid`]: { GET: fetchChallenge, POST: updateChallenge },
  [`${ENTITY}/Challenges/:sid/Notifications`]: { POST: refused(true) },
  '/v2/Services/:service/AccessTokens': { POST: refused(true) },
  '/v2/Services/:service/AccessTokens/:sid': { GET: refused(true) },
  '/v2/Services/:service/Passkeys/:call': { POST: refused(true) },
  '/v2/Forms/:type': { GET: refused(false) },
};
