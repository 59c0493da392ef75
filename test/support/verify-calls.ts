/** Every call of the Verify API, for what is true of each. */
import type { Form, Method } from './verify-api.js';

export interface VerifyCall {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly form: Form;
}

/** What the calls are about: paths of resources that exist, or that do not. */
export interface Places {
  readonly service: string;
  readonly entity: string;
  readonly factor: string;
  readonly challenge: string;
  readonly webhook: string;
  readonly factorSid: string;
}

/** Every call that concerns one service. */
export function callsOf({ service, entity, factor, challenge, webhook, factorSid }: Places): readonly VerifyCall[] {
  const call = (name: string, method: Method, path: string, form: Form = {}): VerifyCall => ({
    name,
    method,
    path,
    form,
  });
  return [
    call('fetch a service', 'get', service),
    call('update a service', 'post', service, { FriendlyName: 'Taken over' }),
    call('create an entity', 'post', `${service}/Entities`, { Identity: 'taken-over-entity' }),
    call('list entities', 'get', `${service}/Entities`),
    call('fetch an entity', 'get', entity),
    call('create a factor', 'post', `${entity}/Factors`, { FriendlyName: 'Taken over', FactorType: 'totp' }),
    call('list factors', 'get', `${entity}/Factors`),
    call('fetch a factor', 'get', factor),
    call('update a factor', 'post', factor, { FriendlyName: 'Taken over' }),
    call('verify a factor', 'post', factor, { AuthPayload: '123456' }),
    call('create a challenge', 'post', `${entity}/Challenges`, { FactorSid: factorSid, AuthPayload: '123456' }),
    call('list challenges', 'get', `${entity}/Challenges`),
    call('fetch a challenge', 'get', challenge),
    call('answer a challenge', 'post', challenge, { AuthPayload: '123456' }),
    call('create a webhook', 'post', `${service}/Webhooks`, {
      FriendlyName: 'Taken over',
      EventTypes: '*',
      WebhookUrl: 'https://taken-over.example.com/',
    }),
    call('list webhooks', 'get', `${service}/Webhooks`),
    call('fetch a webhook', 'get', webhook),
    call('update a webhook', 'post', webhook, { WebhookUrl: 'https://taken-over.example.com/' }),
    call('remove a webhook', 'delete', webhook),
    call('remove a factor', 'delete', factor),
    call('remove an entity', 'delete', entity),
    call('remove a service', 'delete', service),
  ];
}
