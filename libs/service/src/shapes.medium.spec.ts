import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { address } from './harness.fixture.ts';
import { settleShapes } from './shapes.ts';

const start = JSON.stringify(join(import.meta.dirname, '../dist/start.js'));

/** In a new process: makes a request's objects one by one, as rare requests do, and says of the next whether they are fast. */
function areFastAfter(first: string): unknown {
  const code = `
    import { IncomingMessage, ServerResponse } from 'node:http';
    ${first}
    const response = () => new ServerResponse(new IncomingMessage(null));
    for (let n = 0; n < 8; n++) {
      response();
      gc();
    }
    const last = response();
    const areFast = { request: %HasFastProperties(last.req), response: %HasFastProperties(last) };
    process.stdout.write(JSON.stringify(areFast), () => process.exit());`;
  const flags = ['--expose-gc', '--allow-natives-syntax', '--input-type=module', '-e', code];
  const options = { cwd: import.meta.dirname, encoding: 'utf8', timeout: 30_000 } as const;
  const { stdout, stderr } = spawnSync(process.execPath, flags, options);
  return stdout === '' ? stderr : JSON.parse(stdout);
}

describe(settleShapes, () => {
  it('keeps node’s objects of a request fast in every service, however its first requests come', () => {
    const variables = JSON.stringify({ SELF: address(), LOG_LEVEL: 'silent' });
    const first = `
      import { Module } from '@nestjs/common';
      import { z } from 'zod';
      import { start } from ${start};
      class Nothing {}
      Module({})(Nothing);
      await start({ name: 'nothing', environment: z.object({}), module: Nothing }, ${variables});`;
    expect(areFastAfter(first)).toEqual({ request: true, response: true });
  });

  it('is needed: without it the responses are hash tables', () => {
    expect(areFastAfter('')).toMatchObject({ response: false });
  });
});
