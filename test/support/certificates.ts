import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireProgram } from './program.js';
import { closeAfterTest } from './verify-api.js';
import type { Certificate } from './webhook-receiver.js';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Who signs certificates, until the test ends. */
export interface CertificateAuthority {
  /** The file with its own certificate. */
  readonly file: string;
  /** A certificate of a server with this name. */
  sign(name: string): Certificate;
}

export function certificateAuthority(): CertificateAuthority {
  const openssl = requireProgram({ names: ['openssl'], debianPackage: 'openssl' });
  const cwd = mkdtempSync(join(tmpdir(), 'passport-factors-ca-'));
  closeAfterTest(() => rmSync(cwd, { recursive: true }));
  const run = (command: string, ...args: readonly string[]): unknown =>
    execFileSync(openssl, [command, ...args], { cwd, stdio: 'ignore' });
  run('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=The CA of a test');
  return {
    file: join(cwd, 'ca.pem'),
    sign: (name) => {
      writeFileSync(join(cwd, 'names'), `subjectAltName=DNS:${name}\n`);
      run('req', '-new', ...NEW_KEY, '-keyout', 'key', '-out', 'request', '-subj', `/CN=${name}`);
      const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names'];
      run('x509', '-req', '-in', 'request', '-out', 'certificate', ...signer);
      return {
        cert: readFileSync(join(cwd, 'certificate'), 'utf8'),
        key: readFileSync(join(cwd, 'key'), 'utf8'),
      };
    },
  };
}
