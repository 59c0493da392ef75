import { LANGUAGES } from '../../src/pages/languages/index.js';
import { Formats } from '../../src/pages/formats.js';
import type { Text } from '../../src/pages/text.js';
import type { Person } from './person.js';
import type { Site } from './site.js';

/** A page in one of its states, as the journey comes by it: the name of the page, and what is to be seen there. */
export type Scene =
  | 'overview: nothing set up'
  | 'overview: one app'
  | 'overview: two apps'
  | 'overview: others logged out'
  | 'enroll: before'
  | 'enroll: begun'
  | 'enroll: wrong code'
  | 'recoveryCodes: none'
  | 'recoveryCodes: made'
  | 'recoveryCodes: not one of them'
  | 'challenge: login'
  | 'challenge: wrong code'
  | 'challenge: used code'
  | 'challenge: late code'
  | 'challenge: not a code'
  | 'challenge: two apps'
  | 'challenge: once more'
  | 'challenge: approval'
  | 'challenge: recovery code'
  | 'challenge: wrong recovery code'
  | 'challenge: locked'
  | 'endedChallenge: denied'
  | 'factor: one of two'
  | 'factor: bad name'
  | 'factor: the last one'
  | 'unlock: before'
  | 'unlock: not in a row'
  | 'refusal: not there';

export interface Journey {
  readonly site: Site;
  readonly person: Person;
  readonly text: Text;
  /** Is called at every scene. */
  readonly look: (scene: Scene, person: Person) => Promise<void>;
}

const NAME = 'ann';
const PASSWORD = 'correct horse';
const HALF_A_MINUTE = 30_000;

/** What a person does with the pages in a lifetime, by clicks alone. */
export async function travel(journey: Journey): Promise<void> {
  await register(journey);
  const secret = await setUp(journey);
  const codes = await keepRecoveryCodes(journey);
  await logInAgain(journey, secret);
  await approve(journey, secret);
  const newSecret = await replace(journey, secret);
  await recover(journey, codes);
  await unlock(journey, newSecret);
  await removeLast(journey);
}

async function register({ person, text, look }: Journey): Promise<void> {
  await person.open('/');
  await person.press('Register');
  await person.type('Name', NAME);
  await person.type('Password', PASSWORD);
  await person.press('Go on');
  await person.press('Security');
  await look('overview: nothing set up', person);
  await person.press(text.overview.addFirst);
}

/** From the page before the enrollment to the one after it. */
async function setUp({ person, text, look, site }: Journey): Promise<string> {
  await look('enroll: before', person);
  await person.press(text.enroll.begin);
  const uri = new URL(await person.scan());
  const secret = uri.searchParams.get('secret') ?? '';
  await look('enroll: begun', person);
  const typed = await person.page.locator('.secret').innerText();
  expect(typed.replaceAll(' ', '')).toBe(secret);
  expect(await person.page.getByRole('link', { name: text.enroll.openApp }).getAttribute('href')).toBe(uri.href);
  await person.type(text.enroll.label, otherThan(person.codeOf(secret)));
  await person.press(text.enroll.confirm);
  expect(await complaintOn(person)).toContain(text.reasons.incorrect_code);
  await look('enroll: wrong code', person);
  await person.page.reload();
  expect(await person.scan()).toBe(uri.href);
  await person.type(text.enroll.label, person.codeOf(secret));
  await person.press(text.enroll.confirm);
  site.clock.advance(HALF_A_MINUTE);
  return secret;
}

async function keepRecoveryCodes({ person, text, look }: Journey): Promise<readonly string[]> {
  const t = text.recoveryCodes;
  expect(await person.page.getByRole('status').innerText()).toBe(text.deeds.factor_verified);
  await look('recoveryCodes: none', person);
  await person.press(t.make);
  await look('recoveryCodes: made', person);
  const codes = (await person.page.getByRole('list', { name: t.list }).innerText()).trim().split(/\s+/);
  expect(codes).toHaveLength(10);
  await person.type(t.label, '1234-5678');
  await person.press(t.confirm);
  expect(await complaintOn(person)).toContain(text.reasons.malformed_code);
  await look('recoveryCodes: not one of them', person);
  await person.type(t.label, (codes[9] ?? '').toLowerCase());
  await person.press(t.confirm);
  expect(await person.page.getByRole('status').innerText()).toBe(text.deeds.recovery_codes_confirmed);
  await look('overview: one app', person);
  return codes;
}

async function logInAgain(journey: Journey, secret: string): Promise<void> {
  const { person, text, look, site } = journey;
  const t = text.challenge;
  const answer = async (code: string): Promise<void> => {
    await person.type(t.label, code);
    await person.press(t.proceed);
  };
  await logOutAndIn(journey);
  await look('challenge: login', person);
  await answer('12 34');
  expect(await complaintOn(person)).toBe(text.reasons.malformed_code);
  await look('challenge: not a code', person);
  await answer(otherThan(person.codeOf(secret)));
  expect(await complaintOn(person)).toContain(text.reasons.incorrect_code);
  await look('challenge: wrong code', person);
  await answer(person.codeOf(secret, -1));
  expect(await complaintOn(person)).toContain(text.reasons.code_already_used);
  await look('challenge: used code', person);
  site.clock.advance(5 * HALF_A_MINUTE);
  await answer(person.codeOf(secret, -4));
  const late = new Formats(text.language).duration(120);
  expect(await complaintOn(person)).toContain(text.clockBehind(late));
  await look('challenge: late code', person);
  await answer(person.codeOf(secret));
  await expectHome(person);
}

async function approve({ person, text, look, site }: Journey, secret: string): Promise<void> {
  const transfer = async (): Promise<void> => {
    await person.open('/');
    await person.press('Transfer money');
    await person.press('Transfer');
  };
  await transfer();
  expect(await person.page.getByRole('main').innerText()).toContain('50 €');
  await look('challenge: approval', person);
  await person.press(text.challenge.deny);
  expect(await person.page.getByRole('status').innerText()).toBe(text.ended.denied);
  await look('endedChallenge: denied', person);
  await transfer();
  site.clock.advance(HALF_A_MINUTE);
  await person.type(text.challenge.label, person.codeOf(secret));
  await person.press(text.challenge.approve);
  await person.press('Transfer');
  expect(await person.page.title()).toBe('Transferred');
}

/** A new authenticator in the place of the old one, which works until the new one does. */
async function replace(journey: Journey, secret: string): Promise<string> {
  const { person, text, look, site } = journey;
  site.clock.advance(30 * HALF_A_MINUTE);
  await person.open('/');
  await person.press('Security');
  await person.press(text.overview.addAnother);
  await person.press(text.enroll.begin);
  expect(await person.page.getByRole('status').innerText()).toBe(text.reasons.step_up_required);
  await look('challenge: once more', person);
  await person.type(text.challenge.label, person.codeOf(secret));
  await person.press(text.challenge.proceed);
  const newSecret = await setUp(journey);
  await look('overview: two apps', person);
  await logOutAndIn(journey);
  await person.unfold(text.challenge.otherWays);
  await look('challenge: two apps', person);
  await person.type(text.challenge.label, person.codeOf(newSecret));
  await person.press(text.challenge.proceed);
  await person.press('Security');

  await person.pressFirst(text.overview.change);
  await look('factor: one of two', person);
  await person.type(text.factor.name, 'a:b');
  await person.press(text.factor.rename);
  expect(await complaintOn(person)).toBe(text.reasons.invalid_name);
  await look('factor: bad name', person);
  const tab = await person.openTab();
  await tab.open(person.page.url());
  await person.type(text.factor.name, 'Old phone');
  await person.press(text.factor.rename);
  expect(await person.page.getByRole('status').innerText()).toBe(text.deeds.factor_renamed);
  expect(await person.page.getByRole('main').innerText()).toContain('Old phone');
  await person.pressFirst(text.overview.change);
  await person.press(text.factor.remove);
  expect(await person.page.getByRole('status').innerText()).toBe(text.deeds.factor_removed);
  await tab.press(text.factor.rename);
  expect(await complaintOn(tab)).toContain(text.reasons.not_found);
  await look('refusal: not there', tab);
  await tab.page.close();
  await person.press(text.overview.logOutOthers);
  expect(await person.page.getByRole('status').innerText()).toBe(text.deeds.others_logged_out);
  await look('overview: others logged out', person);
  site.clock.advance(HALF_A_MINUTE);
  return newSecret;
}

async function recover(journey: Journey, [code = '']: readonly string[]): Promise<void> {
  const { person, text, look } = journey;
  const t = text.challenge;
  await logOutAndIn(journey);
  await person.unfold(t.otherWays);
  await person.press(t.withRecoveryCode);
  await look('challenge: recovery code', person);
  await person.type(t.recoveryLabel, 'AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GG');
  await person.press(t.proceed);
  expect(await complaintOn(person)).toContain(text.reasons.incorrect_code);
  await look('challenge: wrong recovery code', person);
  await person.type(t.recoveryLabel, code);
  await person.press(t.proceed);
  await expectHome(person);
}

async function unlock(journey: Journey, secret: string): Promise<void> {
  const { person, text, look, site } = journey;
  const t = text.challenge;
  await logOutAndIn(journey);
  const guess = async (): Promise<void> => {
    await person.type(t.label, otherThan(person.codeOf(secret)));
    await person.press(t.proceed);
  };
  for (let guesses = 0; guesses < 5; guesses += 1) await guess();
  for (const seconds of [30, 60]) {
    expect(await complaintOn(person)).toContain(text.again(new Formats(text.language).duration(seconds)));
    site.clock.advance(seconds * 1000);
    await guess();
  }
  await look('challenge: locked', person);
  await person.press(t.withThreeCodes);
  await look('unlock: before', person);
  const typeThree = async (codes: readonly string[]): Promise<void> => {
    for (const [index, label] of text.unlock.labels.entries()) await person.type(label, codes[index] ?? '');
    await person.press(text.unlock.unlock);
  };
  const inARow = (): readonly string[] => [-1, 0, 1].map((steps) => person.codeOf(secret, steps));
  await typeThree(inARow().map(otherThan));
  expect(await complaintOn(person)).toContain(text.reasons.incorrect_code);
  await look('unlock: not in a row', person);
  site.clock.advance(HALF_A_MINUTE);
  await typeThree(inARow());
  await expectHome(person);
}

async function removeLast({ person, text, look }: Journey): Promise<void> {
  await person.press('Security');
  await person.pressFirst(text.overview.change);
  await look('factor: the last one', person);
  await person.press(text.factor.remove);
  expect(await person.page.getByRole('main').innerText()).toContain(text.overview.off);
}

async function logOutAndIn({ person }: Journey): Promise<void> {
  await person.open('/');
  await person.press('Log out');
  await person.press('Log in');
  await person.type('Name', NAME);
  await person.type('Password', PASSWORD);
  await person.press('Go on');
}

async function expectHome(person: Person): Promise<void> {
  expect(await person.page.title()).toBe('Home');
  expect(await person.page.getByRole('button', { name: 'Log out' }).count()).toBe(1);
}

async function complaintOn({ page }: Person): Promise<string> {
  return page.getByRole('alert').innerText();
}

/** Another code of as many digits. */
function otherThan(code: string): string {
  return code.replace(/./g, (digit) => ((Number(digit) + 1) % 10).toString());
}

/** The text of a language by its tag. */
export function textIn(language: string): Text {
  const text = new Map<string, Text>(Object.entries(LANGUAGES)).get(language);
  if (text === undefined) throw new Error(`there is no language ${language}`);
  return text;
}
