import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { handOver, leaveSignalsTo } from './hand-over.mjs';

const path = JSON.stringify(join(import.meta.dirname, 'hand-over.mjs'));
const screen = String.raw`process.stdout.write('\x1b[?1049h\x1b[?25l');`;

/** Hands over to a program that has taken the screen and then does `rest`. */
const script = (rest: string, whenKilled?: string) =>
  `import { handOver } from ${path};
   const { cwd, env } = { cwd: '/', env: process.env };
   process.exitCode = await handOver(process.execPath, ['-e', ${JSON.stringify(screen + rest)}], { cwd, env, whenKilled: ${JSON.stringify(whenKilled)} });`;
const kill = `process.kill(process.pid, 'SIGKILL')`;
const node = ['--input-type=module', '-e'];
const options = { encoding: 'utf8', timeout: 30_000 } as const;

/** On a terminal of its own. */
const onTerminal = (code: string) => {
  const env = { ...process.env, CODE: code, SHELL: '/bin/sh' };
  const command = `'${process.execPath}' ${node.join(' ')} "$CODE"`;
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { ...options, env });
  return { status, stdout };
};

describe(leaveSignalsTo, () => {
  it('outlives a signal in the instant in which the child starts, and passes it on', () => {
    const code = `
      import { spawn } from 'node:child_process';
      import { once } from 'node:events';
      import { leaveSignalsTo } from ${path};
      const { child, signals } = leaveSignalsTo(() => {
        process.kill(process.pid, 'SIGTERM');
        return spawn('sleep', ['20']);
      });
      const [, signal] = await once(child, 'close');
      process.stdout.write(\`\${signals.isTold} \${signal}\`);`;
    const { status, stdout } = spawnSync(process.execPath, [...node, code], options);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'true SIGTERM' });
  });
});

describe(handOver, () => {
  it('gives the terminal back and says what to do when the program is killed', () => {
    expect(onTerminal(script(kill, 'Do this.'))).toEqual({
      status: 1,
      stdout: '\x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?1049lEnded by SIGKILL. Do this.\r\n',
    });
  });

  it('writes nothing for a program that ends by itself, and has its exit status', () => {
    expect(onTerminal(script('process.exitCode = 3', 'Do this.'))).toEqual({
      status: 3,
      stdout: '\x1b[?1049h\x1b[?25l',
    });
  });

  it('writes nothing for a program that has no screen', () => {
    expect(onTerminal(script(kill))).toEqual({ status: 1, stdout: '\x1b[?1049h\x1b[?25l' });
  });

  it('sends no control characters into a file', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [...node, script(kill, 'Do this.')], options);
    expect({ stdout, stderr }).toEqual({ stdout: '\x1b[?1049h\x1b[?25l', stderr: 'Ended by SIGKILL. Do this.\n' });
  });

  it('outlives Ctrl-\\, which ends the program', () => {
    const quit = `process.kill(process.ppid, 'SIGQUIT'); process.kill(process.pid, 'SIGQUIT')`;
    expect(onTerminal(script(quit, 'Do this.')).stdout).toContain('Ended by SIGQUIT. Do this.');
  });
});
