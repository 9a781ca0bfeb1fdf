// Typed values out of a parsed document; what is not as it should be is an error that names the place.
import { Failure } from '../setup/failure.mjs';

type Fields = Record<string, unknown>;
export const wrong = (where: string, problem: string): never => {
  throw new Failure(`docker-compose.yml: ${where}: ${problem}`);
};
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `value` as a map that has no other keys than `known` (a trailing * stands for any end). */
export const fields = (value: unknown, where: string, known?: readonly string[]): Fields => {
  if (value === undefined || value === null) return {};
  if (!isFields(value)) return wrong(where, 'must be a map');
  for (const key of Object.keys(value)) {
    const ok = !known || known.some((one) => one === key || (one.endsWith('*') && key.startsWith(one.slice(0, -1))));
    if (!ok) wrong(where, `the key "${key}" is not understood by the native runner`);
  }
  return value;
};
export const strings = (value: unknown, where: string): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value.map(String) : wrong(where, 'must be a list');
export const oneOf = <T extends string>(value: unknown, where: string, known: readonly T[]): T =>
  known.find((one) => one === value) ?? wrong(where, `must be one of ${known.join(', ')}`);

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
export const string = (value: unknown, where: string): string =>
  typeof value === 'string' ? value : wrong(where, 'must be a string');
/** '1m30s' in milliseconds. */
export const duration = (value: unknown, where: string): number => {
  const text = String(value);
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) return wrong(where, `"${text}" is no duration such as 500ms, 2s, 1m30s`);
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * unitsMs[unit as keyof typeof unitsMs], 0);
};
/** '64m' in bytes. */
export const size = (value: unknown, where: string): number => {
  const text = String(value);
  const [, number, unit] = /^(\d+)([bkmg]?)b?$/i.exec(text) ?? wrong(where, `"${text}" is no size such as 64m`);
  return Number(number) * 1024 ** 'bkmg'.indexOf(unit!.toLowerCase() || 'b');
};
