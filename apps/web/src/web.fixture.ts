import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopback, ServiceProcess, type Exit } from '@almanac/testing';

export interface Web {
  url: string;
  /** What DATA_DIR names; removed at the end. */
  dataFolder: string;
  stop(): Promise<Exit>;
}

/** Starts the built server as its own process and waits until it is ready. */
export async function startWeb(): Promise<Web> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'almanac-web-'));
  const web = new ServiceProcess(join(import.meta.dirname, '../dist/main.js'), {
    SELF: loopback().address(),
    NAME: 'web-1',
    DATA_DIR: dataFolder,
    DRAIN_MS: '0',
    LOG_LEVEL: 'warn',
  });
  const stop = async () => {
    const exit = await web.end();
    await rm(dataFolder, { recursive: true });
    return exit;
  };
  try {
    await web.ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: web.url, dataFolder, stop };
}
