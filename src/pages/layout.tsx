import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

interface LayoutProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A whole page as HTML. Everything in it is escaped unless a component says otherwise, and none does. */
export function renderPage(page: VNode): string {
  return `<!DOCTYPE html>${renderToString(page)}`;
}

export function Layout({ title, children }: LayoutProps): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}

// No quotes, angle brackets or ampersands: they would be escaped, and a style element takes text literally.
const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --page: #f6f7f9; --card: #fff; --line: #8a929e; --accent: #0b57d0; --on-accent: #fff; --error: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --page: #16181c; --card: #22252b; --line: #7d8590; --accent: #a8c7fa; --on-accent: #062e6f; --error: #ffb4ab; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; min-height: 100vh; display: grid; place-items: center; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 1.5rem; background: var(--card); border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.25; }
label { display: block; font-weight: 600; }
input { width: 100%; margin: .25rem 0 1rem; padding: .6rem .75rem; font: inherit; font-size: 1.25rem; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .5rem; }
input.code { letter-spacing: .2em; font-variant-numeric: tabular-nums; }
button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .5rem; cursor: pointer; }
button.plain { margin-top: .75rem; color: inherit; background: transparent; border: 1px solid var(--line); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
.error { margin: 0 0 1rem; color: var(--error); font-weight: 600; }
.qr { display: block; width: 100%; max-width: 15rem; height: auto; margin: 0 auto 1rem; background: #fff; border-radius: .5rem; }
.secret { font-family: ui-monospace, monospace; font-size: 1.05rem; letter-spacing: .05em; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; } dl, ul { margin: 0 0 1rem; } ul { padding-left: 1.25rem; }
`;
