import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { system } from './system.ts';
import { Visitor } from './visitor.ts';

describe('the edge in its memory limit', () => {
  it('survives more connections than it takes, each with headers half sent, and answers then', async () => {
    const { hostname, port } = new URL(system.url);
    const before = (await system.states())['edge']!;
    const sockets: TLSSocket[] = [];
    // nginx takes two times 1,024, of which one is at least what it asks a cache by.
    for (let n = 0; n < 2_300; n += 50) {
      const some = Array.from({ length: 50 }, () => {
        const socket = connect({ host: hostname, port: Number(port), ca: system.ca, timeout: 10_000 });
        socket.on('error', () => {}).on('timeout', () => socket.destroy());
        socket.on('secureConnect', () =>
          socket.write(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(7_900)}\r\nB: ${'b'.repeat(7_900)}\r\nC: `),
        );
        sockets.push(socket);
        // Those beyond the limit are cut off.
        return Promise.race(['secureConnect', 'close'].map((event) => once(socket, event).catch(() => {})));
      });
      await Promise.all(some);
    }
    for (const socket of sockets) socket.destroy();
    const visitor = new Visitor(system);
    await until(async () => (await visitor.ask('/about')).status === 200, 'a visitor is answered');
    visitor.close();
    const after = (await system.states())['edge']!;
    expect([after.instance, after.restarts]).toEqual([before.instance, before.restarts]);
    expect(await system.logs('edge')).not.toContain('exited on signal');
  });
});
