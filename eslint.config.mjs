// Lint: the recommended rules, and the boundaries of the layout (CONTRIBUTING.md, "Boundaries").
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['**/dist/**', '.nx/**', '.almanac/**', '**/node_modules/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...ts.configs.recommended],
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: [
            // An app imports libs and contracts, never another app; nothing imports an app.
            { sourceTag: 'type:product', onlyDependOnLibsWithTags: ['type:lib', 'type:contract'] },
            // What is reusable knows nothing of Almanac, so it sees no product's contract.
            { sourceTag: 'type:reusable', onlyDependOnLibsWithTags: ['type:lib'] },
            { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
            { sourceTag: 'type:contract', onlyDependOnLibsWithTags: [] },
            { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:tool', 'type:lib', 'type:contract'] },
          ],
        },
      ],
    },
  },
  {
    // The environment is parsed once, by libs/service/src/environment.ts.
    files: ['apps/**/src/**/*.ts', 'libs/**/src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'libs/service/src/environment.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Declare the variable in the service’s environment schema.' },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },
);
