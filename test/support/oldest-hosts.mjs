// Preloaded (`node --import`), it gives a process Express 4 and Passport 0.6 in place of the newest.
import { register } from 'node:module';

const hooks = `
const OLDEST = { express: 'express4', passport: 'passport06' };
export const resolve = (name, context, next) => next(OLDEST[name] ?? name, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
