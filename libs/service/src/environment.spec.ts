import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { z } from 'zod';
import { EnvironmentError, parseEnvironment, secret } from './environment.ts';

const own = z.object({
  WORDS_URL: z.url().describe('where the words are'),
  API_KEY: secret(z.string().min(20)).optional(),
});

function linesOf(variables: Record<string, string>): readonly string[] {
  try {
    parseEnvironment('things', own, variables);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.lines;
  }
  return [];
}

describe(parseEnvironment.name, () => {
  const right = { WORDS_URL: 'http://words/data' };

  it('coerces what is set and has a default for the rest', () => {
    const config = parseEnvironment('things', own, { ...right, PORT: '81' });
    expect(config).toMatchObject({ PORT: 81, ADMIN_PORT: 9090, FAULTS: 'off', NAME: 'things', SERVICE: 'things' });
  });

  it('takes an empty variable for an unset one', () => {
    expect(parseEnvironment('things', own, { ...right, OTEL_EXPORTER_OTLP_ENDPOINT: '' })).not.toHaveProperty(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    );
  });

  it('says in one line per wrong variable its name, its value and what it may be', () => {
    expect(linesOf({ PORT: '70000', FAULTS: 'maybe' })).toEqual([
      'things: PORT is "70000": Too big: expected number to be <=65535 (port of the API)',
      'things: FAULTS is "maybe": Invalid option: expected one of "off"|"on" (whether faults can be injected at /faults)',
      'things: WORDS_URL is not set: Invalid input: expected string, received undefined (where the words are)',
    ]);
  });

  it('shows no control characters and no long values', () => {
    const [line] = linesOf({ ...right, SHUTDOWN_MS: `\n${'9'.repeat(1_000)}` });
    expect(line).toMatch(/^things: SHUTDOWN_MS is "\\n9{79}…": /);
  });

  it('refuses a shutdown that ends before its drain', () => {
    expect(linesOf({ ...right, DRAIN_MS: '2000', SHUTDOWN_MS: '2000' })[0]).toContain('must be more than DRAIN_MS');
  });

  it('does not show a secret that is wrong', () => {
    expect(linesOf({ ...right, API_KEY: 'hunter2' })).toEqual([expect.stringContaining('API_KEY is wrong')]);
    expect(linesOf({ ...right, API_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('does not show a secret wherever the configuration is printed', () => {
    const API_KEY = 'a-long-enough-secret-value';
    const config = parseEnvironment('things', own, { ...right, API_KEY });
    expect(config.API_KEY?.reveal()).toBe(API_KEY);
    expect(`${config.API_KEY}${JSON.stringify(config)}${inspect(config)}`).not.toContain(API_KEY);
  });
});
