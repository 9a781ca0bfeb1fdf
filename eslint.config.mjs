// Lint: the recommended rules that know the types, and the boundaries of the layout (CONTRIBUTING.md, "Boundaries").
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

const onlyForTests = { name: '@almanac/testing', message: 'Only *.spec.ts and *.fixture.ts may: nothing that runs.' };

export default ts.config(
  { ignores: ['**/dist/**', '.nx/**', '.almanac/**', '**/node_modules/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
            { sourceTag: 'type:contract', onlyDependOnLibsWithTags: ['base'] },
            { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:tool', 'type:lib', 'type:contract'] },
          ],
        },
      ],
    },
  },
  {
    // What a test reads from outside is judged by its expectations.
    files: ['**/*.spec.ts', '**/*.fixture.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Restricted once more below, as the rule's last occurrence for a file is the one that counts.
    files: ['{apps,libs,tools}/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.fixture.ts'],
    rules: { 'no-restricted-imports': ['error', onlyForTests] },
  },
  {
    // The environment is parsed once, by libs/service/src/environment.ts.
    files: ['apps/**/src/**/*.ts', 'libs/**/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.fixture.ts', 'libs/service/src/environment.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Declare the variable in the service’s environment schema.' },
      ],
      'no-restricted-imports': [
        'error',
        { name: 'node:process', message: 'The global `process` is watched for uses of the environment.' },
        onlyForTests,
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },
);
