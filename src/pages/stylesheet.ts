/** A CSS color, or one for each color scheme. */
export type Color = string | { readonly light: string; readonly dark: string };

/** Colors of the pages. Text on its ground needs a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3). */
export interface Colors {
  /** Buttons and links. */
  readonly accent?: Color;
  /** Text on buttons. */
  readonly onAccent?: Color;
  readonly text?: Color;
  /** Behind everything. */
  readonly page?: Color;
  /** Behind text. */
  readonly card?: Color;
  /** Borders of fields. */
  readonly line?: Color;
  /** What went wrong, and what removes. */
  readonly error?: Color;
}

const DEFAULTS: Required<{ readonly [Name in keyof Colors]: { readonly light: string; readonly dark: string } }> = {
  accent: { light: '#0b57d0', dark: '#a8c7fa' },
  onAccent: { light: '#ffffff', dark: '#062e6f' },
  text: { light: '#1b1f24', dark: '#e8eaed' },
  page: { light: '#f1f3f6', dark: '#131518' },
  card: { light: '#ffffff', dark: '#1f2226' },
  line: { light: '#6f7782', dark: '#8b939e' },
  error: { light: '#b3261e', dark: '#ffb4ab' },
};

/** The names of the colors. */
export const COLORS = Object.keys(DEFAULTS);

/** The one stylesheet of the pages. */
export function stylesheetOf(colors: Colors): string {
  const inScheme = (scheme: 'light' | 'dark'): string =>
    Object.entries({ ...DEFAULTS, ...colors })
      .map(([name, color]: [string, Color]) => `--${name}:${typeof color === 'string' ? color : color[scheme]}`)
      .join(';');
  return `:root{color-scheme:light dark;${inScheme('light')}}
@media (prefers-color-scheme:dark){:root{${inScheme('dark')}}}
${RULES}`;
}

const RULES = `*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;padding:1.5rem 1rem;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
header,main{max-width:27rem;margin:0 auto}
header{display:flex;gap:.6rem;align-items:center;margin-bottom:1rem;font-weight:600;overflow-wrap:anywhere}
header img{display:block;width:auto;max-width:8rem;height:2rem}
main{padding:1.5rem;background:var(--card);border-radius:.75rem;overflow-wrap:anywhere}
h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.25}
h2{margin:1.75rem 0 .25rem;font-size:1.05rem}
p{margin:0 0 1rem}
a{color:var(--accent)}
small{display:block}
label{display:block;font-weight:600}
.hint{margin:0}
input{width:100%;margin:.25rem 0 1rem;padding:.6rem .75rem;font:inherit;font-size:1.15rem;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.5rem}
input.code{letter-spacing:.12em;font-variant-numeric:tabular-nums}
input[aria-invalid]{border:2px solid var(--error);margin-bottom:.5rem}
button,a.button{display:block;width:100%;min-height:2.75rem;padding:.6rem 1rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--onAccent);background:var(--accent);border:1px solid var(--accent);border-radius:.5rem;cursor:pointer}
button[hidden]{display:none}
button.plain,a.button.plain,button.danger{color:inherit;background:transparent;border-color:var(--line)}
button.danger{color:var(--error);border-color:var(--error)}
form+form{margin-top:.75rem}
form+p{margin-top:1rem}
section+p{margin-top:1.75rem}
p>a:only-child{display:inline-block;padding:.25rem 0}
p>a.button:only-child{display:block;padding:.6rem 1rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.error,.done{margin:0 0 1rem;font-weight:600}
.error{color:var(--error)}
.done{padding:.6rem .75rem;border:1px solid var(--line);border-radius:.5rem}
.steps{margin:0;padding:0;list-style:none;counter-reset:step}
.steps>li{counter-increment:step}
.steps>li>p:first-child::before{content:counter(step) ". "}
.qr{display:block;width:100%;max-width:15rem;height:auto;margin:0 auto 1rem;background:#fff;border-radius:.5rem}
.secret,.codes code{font-family:ui-monospace,monospace;font-size:1rem;letter-spacing:.03em;user-select:all}
.rows,.codes{margin:0 0 1rem;padding:0;list-style:none}
.rows li{display:flex;gap:1rem;justify-content:space-between;align-items:center;padding:.5rem 0;border-bottom:1px solid var(--line)}
.rows a{flex:none;padding:.5rem}
.codes li{padding:.2rem 0}
.actions{display:flex;flex-wrap:wrap;gap:.5rem}
.actions>*{flex:1 1 8rem;width:auto}
.details{margin-bottom:1rem;padding:.75rem;border:1px solid var(--line);border-radius:.5rem}
.details p{margin:0 0 .5rem;font-weight:600}
dl,dd{margin:0}
dl div{display:flex;flex-wrap:wrap;gap:0 .75rem}
dt::after{content:":"}
dd{font-weight:600}
details{margin-top:1.25rem}
summary{padding:.5rem 0;cursor:pointer;color:var(--accent)}
details ul{margin:0;padding-inline-start:1.25rem}
details li{padding:.25rem 0}
main>:last-child{margin-bottom:0}
@media print{body{background:none}header,form,.actions{display:none}main{max-width:none;padding:0}}
`;
