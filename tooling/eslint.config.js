import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const forbid = (selector, message) => ({ selector, message });

const FORBIDDEN = [
  forbid('TSEnumDeclaration', 'A union of literals says the same without run-time code.'),
  forbid('ExportDefaultDeclaration', 'One thing has one name: export it by its name.'),
];

const AMBIENT = [
  forbid('NewExpression[callee.name="Date"][arguments.length=0]', 'The domain is given the time.'),
  forbid(
    'CallExpression[callee.object.name=/^(Date|performance)$/][callee.property.name="now"]',
    'The domain is given the time.',
  ),
  forbid(
    'CallExpression[callee.object.name="Math"][callee.property.name="random"]',
    'The domain is given its randomness.',
  ),
];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.cache/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-ignore': true, 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `{ secret, ...rest }` is how a member is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/**'],
    rules: { 'max-lines': ['error', 250], 'no-console': 'error', 'no-restricted-syntax': ['error', ...FORBIDDEN] },
  },
  { files: ['src/domain/**'], rules: { 'no-restricted-syntax': ['error', ...FORBIDDEN, ...AMBIENT] } },
  {
    files: ['src/index.ts', 'src/redis.ts', 'src/testing.ts', 'src/verify-api.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        forbid('Program > :not(ExportNamedDeclaration[source])', 'A public face is only a list: export { … } from.'),
      ],
    },
  },
  {
    // The types of Passport and supertest hand out `any`: `passport.authenticate()`, `response.body`.
    files: ['examples/**', 'test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}', 'tooling/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        URL: 'readonly',
      },
      parserOptions: { projectService: false },
    },
    rules: { '@typescript-eslint/explicit-function-return-type': 'off' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { fetch: 'readonly', module: 'readonly', require: 'readonly', test: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
