// @ts-check
import antfu from 'eslint-plugin-antfu';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'reports/out/', 'canister/target/', '**/*.mjs', '**/*.js']),
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
        { selector: ':matches(PropertyDefinition, MethodDefinition, TSParameterProperty)[accessibility]', message: 'Use # for private members, and no modifier for public ones.' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      eqeqeq: 'error',
    },
  },
);
