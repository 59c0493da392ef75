import type { ComponentChildren, VNode } from 'preact';
import { explain, isFine, type NoticeModel } from './notice.js';
import type { Page } from './page.js';

interface LayoutProps {
  readonly page: Page;
  readonly title: string;
  /** What became of the last form, where no field says so. */
  readonly notice?: NoticeModel | null;
  /** Whether the script is of use here. */
  readonly isScripted?: boolean;
  readonly children: ComponentChildren;
}

export function Layout({ page, title, notice = null, isScripted = false, children }: LayoutProps): VNode {
  const { text, brand, assets } = page;
  return (
    <html lang={text.language} dir={text.direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} – ${brand.name}`}</title>
        <link rel="stylesheet" href={assets.stylesheet} />
        {isScripted && <script src={assets.script} defer />}
      </head>
      <body>
        <header>
          {brand.logo !== null && <img src={brand.logo} alt="" />}
          <span>{brand.name}</span>
        </header>
        <main>
          <h1>{title}</h1>
          {notice !== null && <Notice page={page} notice={notice} />}
          {children}
        </main>
      </body>
    </html>
  );
}

function Notice({ page, notice }: { readonly page: Page; readonly notice: NoticeModel }): VNode {
  return isFine(notice, page) ? (
    <p class="done" role="status">
      {explain(notice, page)}
    </p>
  ) : (
    <p class="error" role="alert">
      {explain(notice, page)}
    </p>
  );
}
