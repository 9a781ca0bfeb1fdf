import { randomInt } from 'node:crypto';

export interface Loopback {
  /** The first three numbers, as the variable `NET` holds them: `127.x.y`. */
  readonly net: string;
  /** The address with the number `host` (1 to 100); without one, an address that was not given before. */
  readonly address: (host?: number) => string;
}

/**
 * A loopback network (/24) picked at random, so that every service of a spec has the ports that it has anywhere and
 * runs beside each other do not meet. Linux needs no set-up for it.
 */
export function loopback(): Loopback {
  // Above 127.77.0, where `npm start` is.
  const net = `127.${randomInt(78, 121)}.${randomInt(256)}`;
  let next = 101;
  return { net, address: (host = next++) => `${net}.${host}` };
}
