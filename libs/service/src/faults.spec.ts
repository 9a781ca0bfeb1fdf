import { describe, expect, it, jest } from '@jest/globals';
import { until } from '@almanac/testing';
import { z } from 'zod';
import { drastic, Faults } from './faults.ts';

describe(Faults.name, () => {
  it('is not active until one is injected, and heals on demand', () => {
    const faults = new Faults();
    expect(faults.active).toBe(false);
    faults.inject({ latencyMs: 5 });
    expect(faults.active).toBe(true);
    expect(faults.list()).toEqual({ latencyMs: { value: 5, healsInMs: expect.any(Number) } });
    faults.heal();
    expect(faults.active).toBe(false);
    expect(faults.list()).toEqual({});
  });

  it('heals by itself', async () => {
    const faults = new Faults();
    faults.inject({ errorRate: 1, forMs: 20 });
    await until(() => !faults.active);
    await expect(faults.around(() => 'answer')).resolves.toBe('answer');
  });

  it('fails exactly the share of requests that it was told', async () => {
    const faults = new Faults();
    faults.inject({ errorRate: 0.25 });
    const outcomes: string[] = [];
    for (let i = 0; i < 8; i++) {
      outcomes.push(await faults.around(() => 'ok').then(String, (error: { kind: string }) => error.kind));
    }
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'unavailable', 'ok', 'ok', 'ok', 'unavailable']);
  });

  it('has a service’s own faults among its own', () => {
    const faults = new Faults();
    const twice = faults.define('deliverTwice', z.boolean());
    expect(twice.value).toBeUndefined();
    faults.inject({ deliverTwice: true });
    expect(twice.value).toBe(true);
    expect(() => faults.inject({ deliverTwice: 3 })).toThrow('deliverTwice');
  });

  it.each([
    [{ latencyMs: -1 }, 'latencyMs'],
    [{ errorRate: 2 }, 'errorRate'],
    [{ forMs: 1e9 }, 'forMs'],
    [{ latencymS: 1 }, 'latencymS'],
    [[], 'body'],
    [null, 'body'],
  ])('refuses %j and names what is wrong', (body, named) => {
    expect(() => new Faults().inject(body)).toThrow(named);
  });

  it('does what cannot be undone only when it is told that the answer is sent', () => {
    const crash = jest.spyOn(drastic, 'crash').mockReturnValue();
    const then = new Faults().inject({ crash: true });
    expect(crash).not.toHaveBeenCalled();
    then?.();
    expect(crash).toHaveBeenCalled();
    crash.mockRestore();
  });
});
