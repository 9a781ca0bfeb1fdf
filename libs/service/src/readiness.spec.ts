import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.ts';

describe(Readiness.name, () => {
  it('is ready when there is nothing to wait for', () => {
    expect(new Readiness().ready).toBe(true);
  });

  it('waits for every gate and names those that are closed', () => {
    const readiness = new Readiness();
    const words = readiness.gate('words');
    readiness.gate('index').open();
    expect(readiness.ready).toBe(false);
    expect(readiness.waitingFor).toEqual({ words: 'starting' });
    words.open();
    expect(readiness.ready).toBe(true);
  });

  it('is not ready again when a gate closes, and says why', () => {
    const readiness = new Readiness();
    const words = readiness.gate('words');
    words.open();
    words.close('checksum differs');
    expect(readiness.waitingFor).toEqual({ words: 'checksum differs' });
    expect(readiness.ready).toBe(false);
  });

  it('is never ready again once it drains', () => {
    const readiness = new Readiness();
    readiness.drain();
    readiness.gate('words').open();
    expect(readiness.ready).toBe(false);
    expect(readiness.waitingFor).toEqual({ shutdown: 'draining' });
  });
});
