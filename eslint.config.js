// @ts-check
import antfu from 'eslint-plugin-antfu';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const ACCESS_MODIFIER = {
  selector:
    ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"], TSParameterProperty)[accessibility=/^(private|public|protected)$/]',
  message: 'Use # for private members, and no modifier for public ones.',
};

/** These rooms give the same result for the same input. Time and randomness come in as values. */
const DETERMINISTIC_ROOMS = ['model/**', 'generators/**', 'harness/**', 'explore/**', 'replicas/embedded/**'];
/** Users have one of several libraries for Candid and agents. Product code uses one of them. */
const OTHER_LIBRARIES = {
  group: [
    '@dfinity/agent',
    '@dfinity/candid',
    '@dfinity/identity',
    '@dfinity/principal',
    'icp-sdk-core-*',
    'pic-js-*',
  ],
  message: 'Only tests import this library (docs/DEPENDENCIES.md).',
};
const ONLY_TYPES = {
  group: ['@dfinity/pic'],
  allowTypeImports: true,
  message: 'Product code imports only the types of this library (docs/pic.md).',
};
const NO_CLOCK = 'This room is deterministic: take the time as a parameter.';
const NO_RANDOMNESS = 'This room is deterministic: derive the value from the seed.';

export default defineConfig(
  globalIgnores(['dist/', 'reports/out/', 'canister/target/', '**/*.mjs', '**/*.js', '**/*.cjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { antfu },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // The dialect (CONTRIBUTING.md): declarations at the top level, arrows for callbacks, `#` for private members.
      'antfu/top-level-function': 'error',
      'no-restricted-syntax': ['error', ACCESS_MODIFIER],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [OTHER_LIBRARIES, ONLY_TYPES] }],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Ports are asynchronous. An implementation that has nothing to wait for is `async` so that it rejects instead of throwing.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Byte-level code indexes arrays whose bounds it has just checked, which `noUncheckedIndexedAccess` cannot see.
    files: [
      'replicas/embedded/wasm/**',
      'replicas/embedded/memory/**',
      'servers/ic/**',
      'certification/**',
      'bench/**',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // It compares this package with the library.
    files: ['bench/**'],
    rules: { '@typescript-eslint/no-restricted-imports': 'off' },
  },
  {
    files: ['**/*.test.ts', '**/testing/**', 'suites/**', 'docs/**'],
    rules: {
      // A test that is wrong about a value fails at the assertion.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      // `expect(spy.method)` takes the method itself.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: DETERMINISTIC_ROOMS,
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['performance', 'setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
          name,
          message: NO_CLOCK,
        })),
        { name: 'crypto', message: NO_RANDOMNESS },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: NO_CLOCK },
        { object: 'process', property: 'hrtime', message: NO_CLOCK },
        { object: 'Math', property: 'random', message: NO_RANDOMNESS },
      ],
      'no-restricted-syntax': [
        'error',
        ACCESS_MODIFIER,
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: NO_CLOCK },
        { selector: 'CallExpression[callee.name="Date"]', message: NO_CLOCK },
        {
          selector:
            'MemberExpression[property.name=/^(randomBytes|randomUUID|randomInt|getRandomValues|webcrypto)$/]',
          message: NO_RANDOMNESS,
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:crypto',
              importNames: [
                'getRandomValues',
                'randomBytes',
                'randomFill',
                'randomInt',
                'randomUUID',
                'webcrypto',
              ],
              message: NO_RANDOMNESS,
            },
            ...['node:perf_hooks', 'node:timers', 'node:timers/promises'].map((name) => ({
              name,
              message: NO_CLOCK,
            })),
          ],
        },
      ],
    },
  },
);
