// What the rules of a second factor ask of every verification, by hand and in one function: a record that is sealed with a
// key of its own, the three codes around now, one compare-and-set, a new session with the grant. There are no budgets,
// recovery codes, events or deadlines, and nothing that was read is checked.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import { generateSecret } from 'otplib';
import { codeOfStep } from '../codes.js';
import { defineDocuments } from './floor.js';

const CIPHER = 'aes-256-gcm';
const [NONCE, TAG] = [12, 16];

export const byHand = {
  path: '/verify',
  codes: 'moving',
  store: 'redis',
  wire: async ({ id: name, app, redis, clock }) => {
    const documents = defineDocuments(redis(), name);
    const root = createSecretKey(randomBytes(32));
    const keyFor = (id) => createSecretKey(createHmac('sha256', root).update(id).digest());

    function seal(id, record) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(CIPHER, keyFor(id), nonce);
      return Buffer.concat([nonce, cipher.update(JSON.stringify(record)), cipher.final(), cipher.getAuthTag()]);
    }

    function open(id, sealed) {
      const decipher = createDecipheriv(CIPHER, keyFor(id), sealed.subarray(0, NONCE)).setAuthTag(
        sealed.subarray(-TAG),
      );
      return JSON.parse(decipher.update(sealed.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8'));
    }

    app.post('/verify', async (req, res) => {
      const { userId } = req.session;
      const { version, document } = await documents.load(userId);
      const record = open(userId, document);
      const step = Math.floor(clock.now() / 30_000);
      const typed = Buffer.from(req.body.code);
      const burned = [step - 1, step, step + 1]
        .filter((near) => timingSafeEqual(Buffer.from(codeOfStep(record.secret, near)), typed))
        .find((near) => near > record.lastStep);
      const changed = { ...record, lastStep: burned ?? record.lastStep };
      const isSaved = await documents.save(userId, { replaces: version, document: seal(userId, changed) });
      if (burned === undefined || !isSaved) {
        res.status(401).json({ approved: false });
        return;
      }
      await promisify(req.session.regenerate.bind(req.session))();
      Object.assign(req.session, { userId, grant: { userId, step: burned, at: clock.now(), amr: ['otp', 'mfa'] } });
      await promisify(req.session.save.bind(req.session))();
      res.json({ approved: true });
    });
    return {
      enroll: async (id) => {
        const secret = generateSecret();
        const document = seal(id, { secret, lastStep: 0, rest: 'd'.repeat(300) });
        await documents.put(id, document);
        return { secret };
      },
    };
  },
  isApproved: ({ status, body }) => status === 200 && body.approved,
  isRefused: ({ status }) => status === 401,
};
