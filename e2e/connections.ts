import { readFileSync } from 'node:fs';

const established = '01';
const little = (address: string) => address.split('.').map(Number).reverse();
const hex = (bytes: number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** How many connections programs of this machine have open to an address of it (proc(5), `/proc/net/tcp`). */
export const connectionsTo = (address: string, port: number): number => {
  const remote = `${hex(little(address))}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return lines.filter((line) => {
    const [, , to, state] = line.trim().split(/\s+/);
    return to === remote && state === established;
  }).length;
};
