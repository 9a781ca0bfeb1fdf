import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

const root = join(import.meta.dirname, '../..');

/** What the rule reports for `code`, were it the content of `path`. */
const reports = async (rule: string, path: string, code: string) => {
  // A file that does not exist belongs to no TypeScript project, so it is linted without its types.
  const withoutTypes = { files: ['**/canary*.ts'], ...(ts.configs.disableTypeChecked as object) };
  const eslint = new ESLint({ cwd: root, overrideConfig: withoutTypes });
  const [result] = await eslint.lintText(code, { filePath: join(root, path) });
  return result!.messages.filter(({ ruleId }) => ruleId === rule).map(({ message }) => message);
};

// The rule says nothing at all when it finds no project graph, so a violation must be seen to be reported.
describe('module boundaries', () => {
  const violations = (path: string, code: string) => reports('@nx/enforce-module-boundaries', path, code);

  it('let an app import a lib and a contract', async () => {
    const code = `import '@almanac/service';\nimport '@almanac/contracts-dictionary';\n`;
    expect(await violations('apps/web/src/canary.ts', code)).toEqual([]);
  });

  it('report an app that imports another app', async () => {
    const code = `import '../../dictionary/server/src/main.ts';\n`;
    expect(await violations('apps/web/src/canary.ts', code)).toHaveLength(1);
  });

  it('report a lib that imports an app', async () => {
    expect(await violations('libs/service/src/canary.ts', `import '../../../apps/web/src/main.ts';\n`)).toHaveLength(1);
  });

  it('report a lib that imports a contract', async () => {
    expect(await violations('libs/service/src/canary.ts', `import '@almanac/contracts-dictionary';\n`)).toHaveLength(1);
  });

  it('let a contract import the base of all, and nothing else', async () => {
    const violationsOf = (code: string) => violations('libs/contracts/dictionary/src/canary.ts', code);
    expect(await violationsOf(`import '@almanac/contracts-problem';\n`)).toEqual([]);
    expect(
      await violations('libs/contracts/problem/src/canary.ts', `import '@almanac/contracts-dictionary';\n`),
    ).toHaveLength(1);
  });

  it('report a contract that imports a lib', async () => {
    expect(await violations('libs/contracts/dictionary/src/canary.ts', `import '@almanac/service';\n`)).toHaveLength(1);
  });

  it('report a relative import across projects', async () => {
    const code = `import '../../../libs/service/src/service.ts';\n`;
    expect(await violations('apps/web/src/canary.ts', code)).toHaveLength(1);
  });
});

describe('what tests share', () => {
  const code = `import { until } from '@almanac/testing';\nvoid until(() => true);\n`;

  it.each(['apps/web/src/canary.ts', 'apps/web/pages/canary.ts', 'libs/service/src/canary.ts', 'tools/canary.ts'])(
    'is reported in what runs: %s',
    async (path) => {
      expect(await reports('no-restricted-imports', path, code)).toHaveLength(1);
    },
  );

  it.each(['apps/web/src/canary.spec.ts', 'apps/web/src/canary.fixture.ts'])('is for %s', async (path) => {
    expect(await reports('no-restricted-imports', path, code)).toEqual([]);
  });

  it('is installed with what is for development only', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dependencies?: object }>;
    };
    const needing = Object.keys(packages).filter((path) => '@almanac/testing' in (packages[path]?.dependencies ?? {}));
    expect(needing).toEqual([]);
  });
});

describe('the environment', () => {
  it.each([
    ['no-restricted-properties', 'console.log(process.env.SECRET);'],
    ['no-restricted-imports', `import { env } from 'node:process';\nconsole.log(env);`],
  ])('is read in one place: %s', async (rule, code) => {
    expect(await reports(rule, 'apps/web/src/canary.ts', code)).toHaveLength(1);
    expect(await reports(rule, 'apps/web/src/canary.spec.ts', code)).toEqual([]);
  });
});

describe('rules that know the types', () => {
  it('report a promise that nobody waits for', async () => {
    const code = `const later = async () => {};\nlater();\n`;
    expect(await reports('@typescript-eslint/no-floating-promises', 'apps/web/src/main.ts', code)).toHaveLength(1);
  });
});
