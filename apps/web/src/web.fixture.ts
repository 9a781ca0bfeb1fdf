import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A loopback range of this run's own, so that runs side by side do not meet: `127.x.y`. */
export const net = `127.${randomInt(64, 121)}.${randomInt(256)}`;

export interface Web {
  url: string;
  /** What DATA_DIR names; removed at the end. */
  dataFolder: string;
  stop(): Promise<number | null>;
}

/** Starts the built server as its own process and waits until it is ready. */
export async function startWeb(address = `${net}.31`): Promise<Web> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'almanac-web-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, '../dist/main.js')], {
    env: { SELF: address, NAME: 'web-1', DATA_DIR: dataFolder, DRAIN_MS: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const code = await ended;
    await rm(dataFolder, { recursive: true });
    return code;
  };
  const url = `http://${address}:8080`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`web ended with ${child.exitCode} before it was ready`);
  }
  return { url, dataFolder, stop };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return new Promise((resolve) => setTimeout(resolve, 50, false));
  }
}
