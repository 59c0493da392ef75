/** Twilio's command line program, unmodified. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const VERSION = '6.2.4';
const FOLDER = join(__dirname, '../../.cache/twilio-cli', VERSION);
/** Its 175 MB take half a minute where the network is good. */
export const INSTALL_PATIENCE_MS = 600_000;

/** The folder that has `twilio`; npm installs it first where it is not there. @throws Error that says why it is not */
export function requireTwilioCli(): string {
  if (!existsSync(FOLDER)) install();
  return join(FOLDER, 'node_modules/.bin');
}

/** What was installed in part is not there. */
function install(): void {
  mkdirSync(dirname(FOLDER), { recursive: true });
  const begun = mkdtempSync(`${FOLDER}-`);
  try {
    const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, stderr } = spawnSync('npm', ['install', ...quietly, '--prefix', begun, `twilio-cli@${VERSION}`], {
      encoding: 'utf8',
      timeout: INSTALL_PATIENCE_MS,
    });
    if (status !== 0) {
      throw new Error(`The tests need twilio-cli ${VERSION} in ${FOLDER}, and npm cannot install it: ${stderr}`);
    }
    renameSync(begun, FOLDER);
  } finally {
    rmSync(begun, { recursive: true, force: true });
  }
}
