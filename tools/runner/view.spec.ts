import { describe, expect, it } from '@jest/globals';
import type { ServiceStatus } from './runner.ts';
import { table } from './view.ts';

const MiB = 1024 * 1024;
const status = (more: Partial<ServiceStatus>): ServiceStatus => ({
  name: 'web',
  state: 'ready',
  ready: true,
  detail: '',
  address: '127.0.0.2',
  pid: 12,
  restarts: 0,
  memoryBytes: 63.6 * MiB,
  memoryLimitBytes: 192 * MiB,
  log: '/log',
  ...more,
});

describe(table, () => {
  it('has a line for each service, and sums', () => {
    const held = status({
      name: 'dictionary-1',
      state: 'held',
      ready: false,
      detail: 'held down',
      pid: undefined,
      restarts: 3,
      memoryBytes: 0,
    });
    const unlimited = status({ name: 'job', memoryLimitBytes: undefined, memoryBytes: MiB });
    expect(table({ services: [status({}), held, unlimited] })).toEqual([
      'service       state  address    pid  restarts  memory      waits for',
      'web           ready  127.0.0.2  12             64/192 MiB',
      'dictionary-1  held   127.0.0.2       3                     held down',
      'job           ready  127.0.0.2  12             1 MiB',
      '2 of 3 ready, 65 MiB in all',
    ]);
  });
});
