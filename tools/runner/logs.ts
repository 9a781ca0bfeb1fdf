import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, readSync, statSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** What a service's log may grow to, bytes; the part before is kept once, so the disk holds at most twice this. */
export const logLimitBytes = 5 * 1024 * 1024;

/**
 * Keeps a log within its limit. The file is emptied rather than renamed because the service itself has it open, so that
 * it can go on without the runner; it appends, so it goes on at the beginning. It is emptied also when the part before
 * cannot be kept: that is so on a full disk, which a log must not fill further.
 *
 * @returns what could not be done, '' when all was; undefined when there was nothing to do. It never throws.
 */
export const rotate = (path: string, limitBytes = logLimitBytes): string | undefined => {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= limitBytes) return undefined;
    // Before the copy: a log that cannot be emptied is not to be copied, larger each time.
    const fd = openSync(path, 'r+');
    try {
      const trouble = keep(path);
      ftruncateSync(fd);
      return trouble;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return `cannot empty its log: ${codeOf(error)}`;
  }
};

const keep = (path: string): string => {
  try {
    copyFileSync(path, `${path}.1`);
    return '';
  } catch (error) {
    return `cannot keep its old log: ${codeOf(error)}`;
  }
};
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error);

/** The last lines of a log, without reading more than `tailBytes` of it. */
export const lastLines = (path: string, count: number, tailBytes = 16_384): string[] => {
  if (!statSync(path, { throwIfNoEntry: false })) return [];
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    const tail = Buffer.alloc(Math.min(size, tailBytes));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    return tail.toString().trimEnd().split('\n').slice(-count).filter(Boolean);
  } catch (error) {
    return [`(its log cannot be read: ${(error as NodeJS.ErrnoException).code})`];
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

const timeOfDay = (time: string) => (Number.isNaN(Date.parse(time)) ? time : new Date(time).toTimeString().slice(0, 8));

/** A log's line for a screen: of a JSON object when, how bad and what, with an error's own words; anything else as it is. */
export const readable = (line: string): string => {
  let entry: { time?: string | number; level?: string; msg?: unknown; err?: { message?: string } } | null;
  try {
    entry = JSON.parse(line) as typeof entry;
  } catch {
    return stripVTControlCharacters(line);
  }
  if (typeof entry?.msg !== 'string') return stripVTControlCharacters(line);
  const { time, level, msg, err } = entry;
  const cause = err?.message && err.message !== msg ? `: ${err.message}` : '';
  const words = [time === undefined ? '' : timeOfDay(String(time)), level ?? '', `${msg}${cause}`].filter(Boolean);
  return stripVTControlCharacters(words.join(' ')).replace(/\s+/g, ' ');
};
