import { describe, expect, it } from '@jest/globals';
import { loopback } from './loopback.ts';

describe(loopback.name, () => {
  it('gives addresses by number, and others that nobody was given', () => {
    const { net, address } = loopback();
    expect(net).toMatch(/^127\.\d+\.\d+$/);
    expect(address(31)).toBe(`${net}.31`);
    expect(new Set([address(1), address(100), address(), address(), address()]).size).toBe(5);
  });

  it('is another network each time, and never the one of npm start', () => {
    const nets = Array.from({ length: 50 }, () => loopback().net);
    expect(new Set(nets).size).toBeGreaterThan(40);
    for (const net of nets) expect(net).not.toMatch(/^127\.(0|77)\./);
  });
});
