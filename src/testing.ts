export { describeStore, type StoreFixture, type TestRunner } from './store/conformance.js';
