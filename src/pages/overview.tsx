import { Layout, renderPage } from './layout.js';

export interface OverviewModel {
  /** Names of the verified authenticators. */
  readonly factors: readonly string[];
  /** What became of an approval, if the person comes from one. */
  readonly message: string | null;
  readonly enrollUrl: string;
}

/** The page on which a person sees which authenticators protect the account. */
export function renderOverview({ factors, message, enrollUrl }: OverviewModel): string {
  return renderPage(
    <Layout title="Your authenticators">
      {message !== null && <p role="status">{message}</p>}
      {factors.length === 0 ? (
        <p>Your account is protected by your password alone.</p>
      ) : (
        <ul>
          {factors.map((name) => (
            <li>{name}</li>
          ))}
        </ul>
      )}
      <p>
        <a href={enrollUrl}>{factors.length === 0 ? 'Set up an authenticator app' : 'Add another authenticator app'}</a>
      </p>
      <p>
        <a href="/">Continue</a>
      </p>
    </Layout>,
  );
}
