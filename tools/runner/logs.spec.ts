import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lastLines, readable, rotate } from './logs.ts';

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'almanac-logs-'));
  log = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe(rotate, () => {
  it('leaves a log alone that is within its limit, or not there', () => {
    rotate(log, 10);
    writeFileSync(log, '0123456789');
    rotate(log, 10);
    expect([readFileSync(log, 'utf8'), existsSync(`${log}.1`)]).toEqual(['0123456789', false]);
  });

  it('keeps what was written once, while the writer goes on', () => {
    writeFileSync(log, 'old');
    for (const text of ['first part', 'second part']) {
      appendFileSync(log, text);
      rotate(log, 5);
    }
    appendFileSync(log, 'now');
    expect([readFileSync(`${log}.1`, 'utf8'), readFileSync(log, 'utf8')]).toEqual(['second part', 'now']);
  });
});

describe(lastLines, () => {
  it('says so where there is nothing to read them from', () => {
    expect(lastLines(import.meta.dirname, 2)).toEqual(['(its log cannot be read: EISDIR)']);
  });

  it('gives the last lines only', () => {
    writeFileSync(log, 'a\nb\nc\nd\n');
    expect(lastLines(log, 2)).toEqual(['c', 'd']);
    expect(lastLines(log, 9)).toEqual(['a', 'b', 'c', 'd']);
    expect(lastLines(log, 2, 4)).toEqual(['c', 'd']);
  });
  it('gives nothing of nothing', () => {
    expect(lastLines(log, 2)).toEqual([]);
    writeFileSync(log, '');
    expect(lastLines(log, 2)).toEqual([]);
  });
});

describe(readable, () => {
  const time = '2026-01-02T03:04:05.678Z';
  const ofDay = new Date(time).toTimeString().slice(0, 8);
  const more = { service: 'dictionary', replica: 'dictionary-1', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' };

  it.each([
    [{ level: 'info', time, ...more, msg: 'serving' }, `${ofDay} info serving`],
    [
      { level: 'fatal', time, ...more, err: { message: 'no\n  words', stack: 'at …' }, msg: 'uncaught exception' },
      `${ofDay} fatal uncaught exception: no words`,
    ],
    [{ level: 'error', time, err: { message: 'the same' }, msg: 'the same' }, `${ofDay} error the same`],
    [{ time: 'noon', msg: 'ready' }, 'noon ready'],
    [{ msg: '\x1b[2Jclear' }, 'clear'],
  ])('of %j shows when, how bad and what', (entry, shown) => expect(readable(JSON.stringify(entry))).toBe(shown));

  it.each(['child (12) said: {', '{"error":"of another kind"}', 'null', '12'])('leaves %s as it is', (line) => {
    expect(readable(line)).toBe(line);
  });
});
