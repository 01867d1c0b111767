// @ts-check
import antfu from 'eslint-plugin-antfu';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

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
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"], TSParameterProperty)[accessibility=/^(private|public|protected)$/]',
          message: 'Use # for private members, and no modifier for public ones.',
        },
      ],
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
    files: ['replicas/embedded/wasm/**', 'replicas/embedded/memory/**', 'servers/ic/**', 'bench/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.test.ts', '**/testing/**', 'suites/**', 'docs/**'],
    rules: {
      // A test that is wrong about a value fails at the assertion.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `expect(spy.method)` takes the method itself.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
