import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { oathtoolCodes } from '../support/oathtool.js';
import { requireProgram } from '../support/program.js';
import type { Site } from './site.js';

export interface PersonOptions {
  /** BCP 47: what the browser asks for. */
  readonly language: string;
  /** @default true */
  readonly javaScript?: boolean;
  /** A content security policy in the place of ours, as a proxy would set it. @default ours */
  readonly policy?: string;
  /** Whether everything is done by keyboard. @default false */
  readonly keyboard?: boolean;
}

/** Somebody with a browser and a phone, who does only what a person can do. */
export class Person {
  readonly page: Page;
  readonly #site: Site;
  readonly #context: BrowserContext;
  readonly #keyboard: boolean;
  readonly #complaints: string[];

  private constructor(site: Site, context: BrowserContext, page: Page, keyboard: boolean, complaints: string[]) {
    this.#site = site;
    this.#context = context;
    this.page = page;
    this.#keyboard = keyboard;
    this.#complaints = complaints;
  }

  static async arrive(browser: Browser, site: Site, options: PersonOptions): Promise<Person> {
    const { language, javaScript: javaScriptEnabled = true, keyboard = false, policy } = options;
    const context = await browser.newContext({ locale: language, javaScriptEnabled, baseURL: site.url });
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(error.error().message));
    if (policy !== undefined) {
      await context.route('**/mfa/**', async (route) => {
        const response = await route.fetch({ maxRedirects: 0 });
        await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
      });
    }
    const page = await context.newPage();
    return new Person(site, context, page, keyboard, complaints);
  }

  /** What the browser complained of since the last time: refused by the content security policy, broken, not found. */
  complaints(): readonly string[] {
    return this.#complaints.splice(0);
  }

  /** Another tab of the same browser. */
  async openTab(): Promise<Person> {
    return new Person(this.#site, this.#context, await this.#context.newPage(), this.#keyboard, this.#complaints);
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(path);
  }

  /** A button or link of this name, and waits for the page that it leads to. */
  async press(name: string): Promise<void> {
    const { page } = this;
    await this.#follow(
      page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true })),
    );
  }

  /** The first of several links whose names begin so. */
  async pressFirst(name: string): Promise<void> {
    await this.#follow(this.page.getByRole('link', { name }).first());
  }

  async unfold(name: string): Promise<void> {
    const target = this.page.getByText(name, { exact: true });
    if (!this.#keyboard) return target.click();
    await this.#reach(target);
    await this.page.keyboard.press('Enter');
  }

  async #follow(target: Locator): Promise<void> {
    if (!this.#keyboard) return target.click();
    await this.#reach(target);
    await Promise.all([this.page.waitForEvent('load'), this.page.keyboard.press('Enter')]);
  }

  /** Types into the field of this label, in the place of what stands there. */
  async type(label: string, text: string): Promise<void> {
    const field = this.page.getByLabel(label, { exact: true });
    if (!this.#keyboard) return field.fill(text);
    await this.#reach(field);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
  }

  /** What the phone reads in a picture on the page: zbarimg looks at a screenshot. */
  async scan(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'passport-factors-'));
    const path = join(folder, 'screen.png');
    await this.page.screenshot({ path, fullPage: true });
    const zbarimg = requireProgram({ names: ['zbarimg'], debianPackage: 'zbar-tools' });
    const read = execFileSync(zbarimg, ['--raw', '--quiet', path], { stdio: ['ignore', 'pipe', 'ignore'] });
    rmSync(folder, { recursive: true });
    return read.toString().trim();
  }

  /** What the authenticator app on the phone shows, `steps` from now. */
  codeOf(secret: string, steps = 0): string {
    const seconds = Math.floor(this.#site.clock.now() / 1000) + 30 * steps;
    const [code = ''] = oathtoolCodes({ secret, seconds });
    return code;
  }

  /** By Tab, as far as a whole round of the page. */
  async #reach(target: Locator): Promise<void> {
    for (let presses = 0; presses < 40; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error('no key leads there');
  }
}
