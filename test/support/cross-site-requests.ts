export type Headers = Readonly<Record<string, string>>;

/** The app, as the world knows it. */
export const HOST = 'app.example.com';
export const OWN = `http://${HOST}`;
/** Another origin, whose pages may post to it. */
export const LISTED = 'https://shop.example.net';

/** What a request says of where it came from. */
export interface Sent {
  readonly site?: string;
  readonly origin?: string;
  readonly host?: string;
  readonly forwarded?: Headers;
}

export function headersOf({ site, origin, host = HOST, forwarded = {} }: Sent): Headers {
  return {
    Host: host,
    ...(site !== undefined && { 'Sec-Fetch-Site': site }),
    ...(origin !== undefined && { Origin: origin }),
    ...forwarded,
  };
}

/** Requests to `HOST` from everywhere, and whether each passes. */
export const REQUESTS: readonly (readonly [string, Sent, boolean])[] = [
  ['Sec-Fetch-Site: same-origin', { site: 'same-origin' }, true],
  [
    'Sec-Fetch-Site: same-origin, which decides, with another Origin',
    { site: 'same-origin', origin: 'https://x.test' },
    true,
  ],
  ['Sec-Fetch-Site: none', { site: 'none' }, true],
  ['Sec-Fetch-Site: same-site', { site: 'same-site' }, false],
  ['Sec-Fetch-Site: same-site with a sister’s Origin', { site: 'same-site', origin: 'http://www.example.com' }, false],
  ['Sec-Fetch-Site: same-site with our own Origin', { site: 'same-site', origin: OWN }, false],
  ['Sec-Fetch-Site: same-site with a listed Origin', { site: 'same-site', origin: LISTED }, true],
  ['Sec-Fetch-Site: cross-site', { site: 'cross-site' }, false],
  ['Sec-Fetch-Site: cross-site with our own Origin', { site: 'cross-site', origin: OWN }, false],
  ['Sec-Fetch-Site: cross-site with a null Origin', { site: 'cross-site', origin: 'null' }, false],
  ['Sec-Fetch-Site: cross-site with a listed Origin', { site: 'cross-site', origin: LISTED }, true],
  ['Sec-Fetch-Site: a value that is none', { site: 'same-Origin!' }, false],
  ['Sec-Fetch-Site: same-origin twice over', { site: 'same-origin, cross-site' }, false],
  ['an empty Sec-Fetch-Site', { site: '', origin: 'https://evil.example' }, false],
  ['our own Origin', { origin: OWN }, true],
  ['a listed Origin', { origin: LISTED }, true],
  ['another Origin', { origin: 'https://evil.example' }, false],
  ['a null Origin', { origin: 'null' }, false],
  ['an empty Origin', { origin: '' }, false],
  ['our own Origin of another scheme', { origin: `https://${HOST}` }, false],
  ['our own Origin of another port', { origin: `${OWN}:8080` }, false],
  ['an Origin that begins like our own', { origin: `${OWN}.evil.example` }, false],
  ['an Origin that ends like our own', { origin: `http://evil-${HOST}` }, false],
  ['an Origin that begins like a listed one', { origin: `${LISTED}.evil.example` }, false],
  ['a listed Origin of another scheme', { origin: LISTED.replace('https', 'http') }, false],
  ['our own Origin by an IPv6 address', { host: '[::1]:3000', origin: 'http://[::1]:3000' }, true],
  ['another port of our IPv6 address', { host: '[::1]:3000', origin: 'http://[::1]:4000' }, false],
  ['neither header: no browser', {}, true],
];
