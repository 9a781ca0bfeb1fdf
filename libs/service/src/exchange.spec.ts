import { describe, expect, it } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { currentExchange, Exchange } from './exchange.ts';

describe(currentExchange.name, () => {
  const start = () => {
    const exchange = new Exchange(new IncomingMessage(new Socket()));
    exchange.enter();
    return exchange;
  };

  it('is the one that was entered, side by side with others, through promises and timers', async () => {
    const follow = async () => {
      await turn();
      const exchange = start();
      await turn();
      await Promise.resolve();
      return currentExchange() === exchange;
    };
    expect(await Promise.all([follow(), follow(), follow()])).toEqual([true, true, true]);
  });

  it('is none when its answer has gone, so that what holds its context does not hold it', async () => {
    const exchange = start();
    const later = turn().then(currentExchange);
    exchange.leave();
    expect(await later).toBeUndefined();
  });
});
