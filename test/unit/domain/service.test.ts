import {
  addWebhook,
  findWebhook,
  removeWebhook,
  settingsOf,
  updateWebhook,
  type Service,
  type Webhook,
} from '../../../src/domain/service.js';
import { HOUR, NOW, SETTINGS } from '../entity-builders.js';
import { refusalOf } from '../refusal.js';
import { ACCOUNT, CONFIG } from '../use-cases/a-room.js';

const SERVICE: Service = {
  ...CONFIG,
  sid: 'VA1',
  accountSid: ACCOUNT,
  revision: '',
  webhooks: [],
  createdAt: NOW,
  updatedAt: NOW,
};
const webhook = (sid: string): Webhook => ({
  sid,
  friendlyName: 'Audit',
  eventTypes: ['*'],
  url: 'https://example.com/',
  status: 'enabled',
  version: 'v2',
  createdAt: NOW,
  updatedAt: NOW,
});

describe('the rules of a service', () => {
  it('are Twilio’s, and what was configured', () => {
    const { issuer, totp, limits, service } = settingsOf(CONFIG, 'default.a.VA1', SETTINGS);
    expect([issuer, totp, service]).toEqual(['Acme', SETTINGS.totp, 'default.a.VA1']);
    expect([limits.factors, limits.unverifiedFactorLife]).toEqual([100, 24 * HOUR]);
    const totpConfig = { issuer: 'New: issuer', timeStep: 60, codeLength: 8, skew: 0 };
    const configured = settingsOf({ ...CONFIG, totp: totpConfig }, 'name', SETTINGS);
    expect([configured.issuer, configured.totp]).toEqual([
      'New issuer',
      { algorithm: 'sha1', timeStep: 60, codeLength: 8, skew: 0 },
    ]);
  });
});

describe('the webhooks of a service', () => {
  it('are at most twenty, each found, changed and removed by its SID', () => {
    const two = addWebhook(addWebhook(SERVICE, webhook('YW1')), webhook('YW2'));
    const changed = updateWebhook(two, 'YW2', { status: 'disabled' }, NOW + 1);
    expect(changed.webhooks).toEqual([webhook('YW1'), { ...webhook('YW2'), status: 'disabled', updatedAt: NOW + 1 }]);
    expect(findWebhook(removeWebhook(two, 'YW1'), 'YW2')).toEqual(webhook('YW2'));
    expect(refusalOf(() => removeWebhook(SERVICE, 'YW1'))).toBe('not_found');
    const full = { ...SERVICE, webhooks: Array.from({ length: 20 }, (_, index) => webhook(index.toString())) };
    expect(refusalOf(() => addWebhook(full, webhook('YW1')))).toBe('document_full');
  });
});
