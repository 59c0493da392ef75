import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { Challenge } from './challenge.js';
import { EndedChallenge } from './ended-challenge.js';
import { Enroll } from './enroll.js';
import { Factor } from './factor.js';
import { Overview } from './overview.js';
import type { Page } from './page.js';
import type { PageModels } from './pages.js';
import { RecoveryCodes } from './recovery-codes.js';
import { Refusal } from './refusal.js';
import { Unlock } from './unlock.js';

type Components = {
  readonly [Name in keyof PageModels]: (props: { readonly page: Page; readonly model: PageModels[Name] }) => VNode;
};

const COMPONENTS: Components = {
  overview: Overview,
  enroll: Enroll,
  factor: Factor,
  recoveryCodes: RecoveryCodes,
  challenge: Challenge,
  endedChallenge: EndedChallenge,
  unlock: Unlock,
  refusal: Refusal,
};

/** A page of ours as HTML. Everything in it is escaped unless a component says otherwise, and none does. */
export function renderOwn<Name extends keyof PageModels>(name: Name, model: PageModels[Name], page: Page): string {
  return `<!DOCTYPE html>${renderToString(COMPONENTS[name]({ page, model }))}`;
}
