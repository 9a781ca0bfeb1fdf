import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const root = join(import.meta.dirname, '../..');
const rule = '@nx/enforce-module-boundaries';

/** The boundary violations that lint reports for `code`, were it the content of `path`. */
const violations = async (path: string, code: string) => {
  const [result] = await new ESLint({ cwd: root }).lintText(code, { filePath: join(root, path) });
  return result!.messages.filter(({ ruleId }) => ruleId === rule).map(({ message }) => message);
};

// The rule says nothing at all when it finds no project graph, so a violation must be seen to be reported.
describe('module boundaries', () => {
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

  it('report a contract that imports a lib', async () => {
    expect(await violations('libs/contracts/dictionary/src/canary.ts', `import '@almanac/service';\n`)).toHaveLength(1);
  });

  it('report a relative import across projects', async () => {
    const code = `import '../../../libs/service/src/service.ts';\n`;
    expect(await violations('apps/web/src/canary.ts', code)).toHaveLength(1);
  });
});
