import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import type { Runner, ServiceStatus } from './runner.ts';
import { frame, plainView, screenView, table } from './view.ts';

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
      'service       state  waits for  restarts  memory      pid  address',
      'web           ready                       64/192 MiB  12   127.0.0.2',
      'dictionary-1  held   held down  3                          127.0.0.2',
      'job           ready                       1 MiB       12   127.0.0.2',
      '2 of 3 ready, 65 MiB in all',
    ]);
  });

  it('leaves out the address and then the pid where there is no room for them', () => {
    const waiting = status({ name: 'edge', state: 'waiting', detail: 'for cache-1', address: 'a'.repeat(43) });
    const header = (width: number) => table({ services: [waiting] }, width)[0]!;
    expect(header(120)).toMatch(/ pid +address$/);
    expect(header(80)).toMatch(/^service +state +waits for +restarts +memory +pid$/);
    expect(header(52)).toMatch(/^service +state +waits for +restarts +memory$/);
    expect(header(40)).toMatch(/^service +state +waits for +restarts$/);
    expect(table({ services: [waiting] }, 40)[1]).toBe('edge     waiting  for cache-1');
  });

  it('cuts a long reason rather than leaving out the memory', () => {
    const why = 'failed its health check: no answer in 500 ms, three times';
    const failing = status({ state: 'restarting', detail: why });
    const [header, line] = table({ services: [failing] }, 80);
    expect(header).toMatch(/memory +pid$/);
    expect(line).toContain(why.slice(0, 24));
    expect(line!.length).toBeLessThanOrEqual(80);
  });
});

describe(frame, () => {
  const services = ['edge', 'cache-1', 'cache-2', 'web', 'dictionary-1', 'dictionary-2', 'dictionary-3'].map((name) =>
    status({ name, address: '127.0.0.1:8443 127.0.0.1:8080 127.77.0.11', detail: 'for the rest of the chain' }),
  );
  const messages = Array.from({ length: 9 }, (_, index) => `message ${index} ${'.'.repeat(100)}`);
  const footer = ['Ready', 'Ctrl-C', 'w'.repeat(100)];

  it.each([
    { columns: 80, rows: 24 },
    { columns: 40, rows: 12 },
    { columns: 20, rows: 10 },
    { columns: 20, rows: 6 },
  ])('fits into %j with its head and how it is stopped', ({ columns, rows }) => {
    const lines = frame({ status: { services }, messages, footer }, { columns, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines[0]).toMatch(/^service/);
    expect(lines[1]).toMatch(/^edge/);
    expect(lines).toContain('Ready');
  });

  it('shows the last messages where there is room', () => {
    const lines = frame({ status: { services }, messages, footer }, { columns: 80, rows: 16 });
    expect(lines).toHaveLength(16);
    expect(lines.filter((line) => line.startsWith('message')).map((line) => line.slice(0, 9))).toEqual([
      'message 7',
      'message 8',
    ]);
  });
});

describe(plainView, () => {
  it('shows of a crashed service’s log when, how bad and what', () => {
    const lines: string[] = [];
    const runner = new EventEmitter();
    plainView(runner as unknown as Runner, Date.now(), (line) => lines.push(line));
    const log = ['{"level":"fatal","time":"noon","service":"web","replica":"web","msg":"no pages"}', 'Killed'];
    runner.emit('crash', { service: { name: 'web' } }, 'exit 1', log);
    expect(lines.map((line) => line.replace(/^.* s {2}/, ''))).toEqual([
      'web: exit 1',
      '  │ noon fatal no pages',
      '  │ Killed',
    ]);
  });
});

describe(screenView, () => {
  const write = process.stdout.write.bind(process.stdout);
  afterEach(() => void (process.stdout.write = write));

  it('says that it stops, and no longer that it is ready', async () => {
    let shown = '';
    process.stdout.write = (text) => Boolean((shown = String(text)));
    const runner = Object.assign(new EventEmitter(), { status: () => ({ services: [status({})] }) });
    const view = screenView(runner as unknown as Runner);
    view.ready(['Ready in 1 s', 'Ctrl-C stops everything.']);
    await until(() => shown.includes('Ctrl-C stops everything.'), 'ready');
    view.stopping();
    await until(() => shown.includes('Stopping. Ctrl-C again'), 'stopping');
    expect(shown).not.toMatch(/Ready in|Ctrl-C stops everything/);
    view.close();
    expect(shown).toBe('\x1b[?25h\x1b[?1049l');
  });
});
