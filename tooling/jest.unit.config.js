// The unit tests alone, for the mutation tests: they take one project.
import config from './jest.config.js';

const [{ displayName: _displayName, ...unit }] = config.projects;

export default unit;
