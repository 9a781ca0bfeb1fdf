import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that it has started, and these have. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))![1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      continue; // it has ended meanwhile
    }
  }
  const all = [pid];
  for (const one of all) all.push(...(children.get(one) ?? []));
  return all;
}

/** Proportional set size of a process and its descendants, in MiB: memory that processes share is divided among them. */
export function pssMiB(pid: number): number {
  return descendantsOf(pid).reduce((sum, one) => {
    try {
      const [, kiB] = /^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))!;
      return sum + Number(kiB) / 1024;
    } catch {
      return sum; // it has ended meanwhile
    }
  }, 0);
}

/** What a bench has started ends with it, also when it is told to end. */
export const stopWithUs = (started: { stop(): Promise<void> }): void => {
  const end = () => void started.stop().finally(() => process.exit(1));
  process.once('SIGINT', end).once('SIGTERM', end);
};
