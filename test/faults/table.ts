import { c01, c01Control } from './cases/c01-one-code.js';
import { c01RecoveryCode } from './cases/c01-one-recovery-code.js';
import { c02 } from './cases/c02-burst.js';
import { c03 } from './cases/c03-linearizable.js';
import { c04 } from './cases/c04-one-enrollment.js';
import { c05 } from './cases/c05-script-flush.js';
import { c06 } from './cases/c06-lost-reply.js';
import { c07 } from './cases/c07-frozen.js';
import { c08, c08Control } from './cases/c08-killed.js';
import { c09, c09Control } from './cases/c09-failover.js';
import { c10 } from './cases/c10-cluster.js';
import { c11 } from './cases/c11-demoted.js';
import { c12 } from './cases/c12-out-of-memory.js';
import { c13 } from './cases/c13-policy.js';
import { c14, c14Marker } from './cases/c14-lost-record.js';
import { c15 } from './cases/c15-network.js';
import { c16 } from './cases/c16-refused.js';
import { c17 } from './cases/c17-unreadable.js';
import { c18 } from './cases/c18-clocks.js';
import { c19 } from './cases/c19-busy.js';
import { c20 } from './cases/c20-memory.js';
import { c21 } from './cases/c21-clients.js';
import { c22 } from './cases/c22-shared-client.js';
import { c23 } from './cases/c23-conformance.js';
import { c24 } from './cases/c24-window.js';
import { c25 } from './cases/c25-any-sequence.js';
import { c26 } from './cases/c26-rejections.js';
import { c27 } from './cases/c27-close.js';
import { c28 } from './cases/c28-soak.js';
import { g05 } from './cases/g05-malformed.js';
import type { FaultCase } from './fault-case.js';

/** Every case there is, in the order in which they run. */
export const CASES: readonly FaultCase[] = [
  c01,
  c01Control,
  c01RecoveryCode,
  c02,
  c03,
  c04,
  c05,
  c06,
  c07,
  c08,
  c08Control,
  c09,
  c09Control,
  c10,
  c11,
  c12,
  c13,
  c14,
  c14Marker,
  c15,
  c16,
  c17,
  c18,
  c19,
  c20,
  c21,
  c22,
  c23,
  c24,
  c25,
  c26,
  c27,
  c28,
  g05,
];
