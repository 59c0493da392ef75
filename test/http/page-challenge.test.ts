import {
  browserOf,
  elementsOf,
  enroll,
  hostApp,
  logInFully,
  readPage,
  submitForm,
  textOf,
  type HostApp,
  type HostAppOptions,
  type PageElement,
} from '../support/host-app.js';
import { confirmRecoveryCodes } from '../support/recovery.js';
import { codeAt, wrongCodeAt } from '../support/rfc-code.js';

type Browser = ReturnType<typeof browserOf>;

interface Waiting extends HostApp {
  readonly browser: Browser;
  readonly secret: string;
  /** Types a code into the page, and sends it. */
  readonly type: (code: string) => Promise<string>;
  /** What the page says of the last code. */
  readonly read: () => Promise<string | undefined>;
}

const ASK = '/mfa/challenges';

/** Ann in a browser, with her password given and her code not. */
async function waiting(host: HostAppOptions = {}, wanted?: string): Promise<Waiting> {
  const made = hostApp(host);
  const { secret } = await enroll(made, 'ann');
  const browser = browserOf(made.app).redirects(0);
  if (wanted !== undefined) await browser.post('/wanted').type('form').send({ wanted });
  await browser.post('/login').type('form').send({ username: 'ann', password: 'secret' });
  const look = async (): Promise<PageElement> => readPage((await browser.get(ASK)).text);
  return {
    ...made,
    browser,
    secret,
    type: async (code) => {
      const { status, headers } = await submitForm(browser, elementsOf(await look(), 'form')[0], { code });
      return `${status} ${headers['location']}`;
    },
    read: async () => {
      const page = await look();
      const [field] = elementsOf(page, 'input');
      const [error, ...others] = elementsOf(page, 'p').filter(({ attributes }) => attributes['role'] === 'alert');
      const hint = elementsOf(page, 'p').find(({ attributes }) => attributes['class'] === 'hint');
      expect(others).toEqual([]);
      const described = [hint, error].flatMap((each) => each?.attributes['id'] ?? []);
      expect(described).toHaveLength(error === undefined ? 1 : 2);
      expect(field?.attributes['aria-describedby']).toBe(described.join(' '));
      expect(field?.attributes['aria-invalid']).toBe(error && 'true');
      return error && textOf(error);
    },
  };
}

const payroll: NonNullable<HostAppOptions['routes']> = (app, { passport }) => {
  app.get('/payroll', passport.authenticate('totp'), (_req, res) => {
    res.send('the payroll');
  });
  app.post('/wanted', (req, res) => {
    Object.assign(req.session, { returnTo: req.body.wanted });
    res.end();
  });
};

describe('the page that asks for the code', () => {
  it('is where a login leads, and has one field that phones fill in', async () => {
    const { browser } = await waiting();
    expect((await browser.get('/mfa')).headers['location']).toBe(ASK);
    const page = readPage((await browser.get(ASK)).text);
    expect(elementsOf(page, 'h1').map(textOf)).toEqual(['Enter your code']);
    const [field, ...others] = elementsOf(page, 'input');
    expect(others).toEqual([]);
    expect(field?.attributes).toMatchObject({
      name: 'code',
      type: 'text',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
    });
    expect(elementsOf(page, 'label').map(({ attributes }) => attributes['for'])).toEqual([field?.attributes['id']]);
    expect(elementsOf(page, 'button').map(textOf)).toEqual(['Continue']);
  });

  it('is the only page there is before the code: the others lead to it', async () => {
    const { browser } = await waiting();
    for (const path of ['/mfa', '/mfa/factors', `/mfa/factors/YF${'0'.repeat(32)}`]) {
      const { status, headers } = await browser.get(path);
      expect([path, status, headers['location']]).toEqual([path, 303, ASK]);
    }
  });

  it('looking at it makes no challenge', async () => {
    const { browser, store } = await waiting();
    const asked = await store.during(async () => browser.get(ASK));
    expect(asked).not.toContain('save');
  });

  it('takes the right code, and goes on to the overview', async () => {
    const { browser, secret, clock, type } = await waiting();
    expect(await type(codeAt(secret, clock.now()))).toBe('303 /mfa');
    const page = readPage((await browser.get('/mfa')).text);
    expect(elementsOf(page, 'bdi').map(textOf)).toEqual(['Authenticator']);
  });

  it('asks a satisfied session again where a page sends it here', async () => {
    const { browser, secret, clock, type } = await waiting();
    await type(codeAt(secret, clock.now()));
    clock.advance(30_000);
    const before = (await browser.get('/whoami')).body.authTime;
    expect(await type(codeAt(secret, clock.now()))).toBe('303 /mfa');
    expect((await browser.get('/whoami')).body.authTime).not.toBe(before);
  });
});

describe('what it says of a code', () => {
  it('nothing at first, and a reason only once', async () => {
    const { secret, clock, type, read } = await waiting();
    expect(await read()).toBeUndefined();
    expect(await type(wrongCodeAt(secret, clock.now()))).toBe(`303 ${ASK}`);
    expect(await read()).toBe('This code is wrong. You have 4 more attempts.');
    expect(await read()).toBeUndefined();
  });

  it('a wrong one: how many attempts are left, down to the wait and how long it is', async () => {
    const { secret, clock, type, read } = await waiting();
    const said: unknown[] = [];
    for (let i = 0; i < 5; i += 1) {
      await type(wrongCodeAt(secret, clock.now()));
      said.push(await read());
    }
    expect(said.slice(2)).toEqual([
      'This code is wrong. You have 2 more attempts.',
      'This code is wrong. You have one more attempt.',
      'This code is wrong. Try again in 30 seconds.',
    ]);
  });

  it('while waiting: how long still, in seconds and then in minutes', async () => {
    const { secret, clock, type, read } = await waiting();
    for (let i = 0; i < 5; i += 1) await type(wrongCodeAt(secret, clock.now()));
    clock.advance(10_000);
    await type(codeAt(secret, clock.now()));
    expect(await read()).toBe('There were too many wrong codes. Try again in 20 seconds.');
    for (const wait of [20_000, 60_000, 120_000]) {
      clock.advance(wait);
      await type(wrongCodeAt(secret, clock.now()));
    }
    await type(codeAt(secret, clock.now()));
    expect(await read()).toBe('There were too many wrong codes. Try again in 4 minutes.');
  });

  it('a used one: how long until the next', async () => {
    const { secret, clock, type, read } = await waiting();
    const code = codeAt(secret, clock.now());
    await type(code);
    clock.advance(10_000);
    await type(code);
    expect(await read()).toBe(
      'This code has been used already. Wait until your app shows the next one. Try again in 15 seconds.',
    );
  });

  it('one of a past moment: how slow the phone is, and what to do', async () => {
    const { secret, clock, type, read } = await waiting();
    clock.advance(10 * 60_000);
    await type(codeAt(secret, clock.now() - 5 * 60_000));
    expect(await read()).toBe(
      'This code is too old: the clock of your phone seems to be 5 minutes slow. ' +
        'Set it to automatic, then try the next code. You have 4 more attempts.',
    );
  });

  it.each(['', '12', 'abcdef', '1234567', '１２３４５６'])(
    '%j is no code: what to type, and nothing is charged',
    async (typed) => {
      const { secret, clock, type, read } = await waiting();
      await type(typed);
      expect(await read()).toBe('This is not a code. Check what you typed.');
      await type(wrongCodeAt(secret, clock.now()));
      expect(await read()).toContain('You have 4 more attempts.');
    },
  );

  describe('when codes are switched off', () => {
    const limits = { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 2 };

    it('that they are, and that help is needed', async () => {
      const { secret, clock, type, read } = await waiting({ options: { limits } });
      for (let i = 0; i < 2; i += 1) await type(wrongCodeAt(secret, clock.now()));
      clock.advance(60 * 60_000);
      await type(codeAt(secret, clock.now()));
      expect(await read()).toBe(
        'There were too many wrong codes, so codes are switched off for your account. ' +
          'Use a recovery code, or ask for help.',
      );
    });

    it('so already of the code that did it: there is nothing to wait for', async () => {
      const { secret, clock, type, read } = await waiting({ options: { limits } });
      await type(wrongCodeAt(secret, clock.now()));
      await type(wrongCodeAt(secret, clock.now()));
      expect(await read()).not.toMatch(/later|wait|again in/i);
    });
  });
});

describe('the other ways that it offers', () => {
  /** The texts of the list, and where its links lead. */
  async function offered({ browser }: Waiting, path = ASK): Promise<readonly (readonly [string, string | null])[]> {
    const [list] = elementsOf(readPage((await browser.get(path)).text), 'details');
    const entries = list === undefined ? [] : elementsOf(list, 'li');
    return entries.map((entry) => [textOf(entry), elementsOf(entry, 'a')[0]?.attributes['href'] ?? null]);
  }

  const HELP = ['If none of this works, ask the people who run this site for help.', null] as const;
  const BY_RECOVERY_CODE = `${ASK}?method=recovery_code`;

  it('is help alone, where there is nothing else', async () => {
    expect(await offered(await waiting())).toEqual([HELP]);
  });

  it('names the apps, where there are several: a code from any of them will do', async () => {
    const made = await waiting();
    const { secret } = await enroll(made, 'ann');
    expect(await offered(made)).toEqual([
      ['A code from any of these apps will do: Authenticator or Authenticator 2.', null],
      HELP,
    ]);
    expect(await made.type(codeAt(secret, made.clock.now()))).toBe('303 /mfa');
  });

  it('is a recovery code, where some are left: a field for one, and back there after a wrong one', async () => {
    const made = await waiting();
    const { browser, clock } = made;
    const [code = ''] = await confirmRecoveryCodes(await logInFully(made, 'ann', made));
    expect(await offered(made)).toEqual([['Use a recovery code', BY_RECOVERY_CODE], HELP]);
    expect(await offered(made, BY_RECOVERY_CODE)).toEqual([['Use a code from your authenticator app', ASK], HELP]);
    const look = async (): Promise<PageElement> => readPage((await browser.get(BY_RECOVERY_CODE)).text);
    const page = await look();
    expect(elementsOf(page, 'label').map(textOf)).toEqual(['Recovery code']);
    const [field] = elementsOf(page, 'input').filter(({ attributes }) => attributes['type'] !== 'hidden');
    expect(field?.attributes).toMatchObject({ name: 'code', inputmode: 'text', autocomplete: 'off' });
    for (const [wrong, reason] of [
      ['ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-23', 'This code is wrong. You have 4 more attempts.'],
      ['no code', 'This is not a code. Check what you typed.'],
      [wrongCodeAt(made.secret, clock.now()), 'This code is wrong. You have 4 more attempts.'],
    ] as const) {
      const answer = await submitForm(browser, elementsOf(page, 'form')[0], { code: wrong });
      expect([answer.status, answer.headers['location']]).toEqual([303, BY_RECOVERY_CODE]);
      const [error] = elementsOf(await look(), 'p').filter(({ attributes }) => attributes['role'] === 'alert');
      expect([wrong, error && textOf(error)]).toEqual([wrong, reason]);
    }
    const answer = await submitForm(browser, elementsOf(page, 'form')[0], { code: code.toLowerCase() });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/mfa']);
    expect((await browser.get('/whoami')).body).toMatchObject({ state: 'satisfied', amr: ['recovery_code', 'mfa'] });
  });

  it('is three codes in a row at once, where a wrong code has switched codes off', async () => {
    const limits = { wrongCodesBeforeWait: 2, wrongCodesBeforeDisable: 2 };
    const made = await waiting({ options: { limits } });
    for (let i = 0; i < 2; i += 1) await made.type(wrongCodeAt(made.secret, made.clock.now()));
    expect(await offered(made)).toEqual([['Too many wrong codes? Type three codes in a row', '/mfa/unlock'], HELP]);
  });

  it('is three codes in a row, once the wait is longer than they take; they sign in, and open the codes again', async () => {
    const made = await waiting();
    const { browser, secret, clock, type } = made;
    const wrong = async (): Promise<string> => type(wrongCodeAt(secret, clock.now()));
    for (let i = 0; i < 5; i += 1) await wrong();
    for (const wait of [30_000, 60_000]) {
      expect(await offered(made)).toEqual([HELP]);
      clock.advance(wait);
      await wrong();
    }
    expect(await offered(made)).toEqual([['Too many wrong codes? Type three codes in a row', '/mfa/unlock'], HELP]);
    const page = readPage((await browser.get('/mfa/unlock')).text);
    const [form] = elementsOf(page, 'form');
    expect(elementsOf(page, 'input').map(({ attributes }) => attributes['name'])).toEqual(['codes', 'codes', 'codes']);
    const sendThree = async (codes: readonly string[]): Promise<string> => {
      const body = new URLSearchParams(codes.map((each) => ['codes', each]));
      const answer = await browser
        .post(form?.attributes['action'] ?? '')
        .type('form')
        .send(body.toString());
      return `${answer.status} ${answer.headers['location']}`;
    };
    const inARow = (): readonly string[] => [-30_000, 0, 30_000].map((ms) => codeAt(secret, clock.now() + ms));
    expect(await sendThree([...inARow()].reverse())).toBe('303 /mfa/unlock');
    const [error] = elementsOf(readPage((await browser.get('/mfa/unlock')).text), 'p').filter(
      ({ attributes }) => attributes['role'] === 'alert',
    );
    expect(error && textOf(error)).toContain('This code is wrong.');
    clock.advance(30_000);
    expect(await sendThree(inARow())).toBe('303 /mfa');
    const overview = readPage((await browser.get('/mfa')).text);
    const [done] = elementsOf(overview, 'p').filter(({ attributes }) => attributes['role'] === 'status');
    expect(done && textOf(done)).toBe('Your codes work again.');
    expect((await browser.get('/whoami')).body.state).toBe('satisfied');
  });
});

describe('the way back', () => {
  it('leads from the code to the page that a person wanted', async () => {
    const { browser, secret, clock, type } = await waiting({ routes: payroll });
    expect((await browser.get('/payroll?month=11')).headers['location']).toBe(ASK);
    await type(wrongCodeAt(secret, clock.now()));
    expect(await type(codeAt(secret, clock.now()))).toBe('303 /payroll?month=11');
    expect((await browser.get('/payroll?month=11')).text).toBe('the payroll');
  });

  it('is used once', async () => {
    const { browser, secret, clock, type } = await waiting({ routes: payroll });
    await browser.get('/payroll');
    await type(codeAt(secret, clock.now()));
    clock.advance(30_000);
    expect(await type(codeAt(secret, clock.now()))).toBe('303 /mfa');
  });

  it('is what the host’s own code noted in the session before the login, too', async () => {
    const { secret, clock, type } = await waiting({ routes: payroll }, '/payroll?month=12');
    expect(await type(codeAt(secret, clock.now()))).toBe('303 /payroll?month=12');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'evil.example',
    '/\nSet-Cookie: a=b',
    '',
  ])('%j in the session leads nowhere but to our own overview or a path here', async (wanted) => {
    const { secret, clock, type } = await waiting({ routes: payroll }, wanted);
    const location = (await type(codeAt(secret, clock.now()))).replace('303 ', '');
    expect(location).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
    expect(new URL(location, 'http://here.example').host).toBe('here.example');
  });
});
