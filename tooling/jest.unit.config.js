// The unit tests of the rules alone, for the mutation tests: they take one project.
import config from './jest.config.js';

const [{ displayName: _displayName, ...unit }] = config.projects;

export default { ...unit, roots: ['<rootDir>/test/unit/domain'] };
