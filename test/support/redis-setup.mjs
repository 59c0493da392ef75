// Jest takes its set-up as it is, and finds no `program.ts` where `program.js` is imported; tsx does.
import { tsImport } from 'tsx/esm/api';

const { default: setup } = await tsImport('./redis-server.ts', import.meta.url);

export default setup;
