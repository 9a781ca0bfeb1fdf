// What each command may be followed by: asked before anything is set up, so that a slip of the pen costs no build and,
// with `stop` and `reset`, nothing else than what was meant.
import { parseArgs } from 'node:util';
import { Failure } from './failure.mjs';

/**
 * @typedef {{ most: number, only?: string[], options: Record<string, { type: 'boolean' | 'string' }>, usage: string }} Usage
 *   most: how many names it takes; only: which
 */
const many = Infinity;
const background = /** @type {const} */ ({ detach: { type: 'boolean' }, within: { type: 'string' } });

/** @type {Record<string, Usage>} */
const usages = {
  start: { most: many, options: background, usage: 'npm start [part …] [-- --detach [--within <seconds>]]' },
  run: { most: many, options: {}, usage: 'run [part …]' },
  plan: { most: many, options: {}, usage: 'plan [part …]' },
  stop: { most: 0, options: {}, usage: 'npm stop' },
  status: { most: 0, options: { json: { type: 'boolean' } }, usage: 'npm run status [-- --json]' },
  reset: { most: 0, options: {}, usage: 'npm run reset' },
  test: { most: many, options: { setup: { type: 'boolean' } }, usage: 'npm test [-- <project> …] [-- --setup]' },
  'test:compose': { most: 0, options: {}, usage: 'npm run test:compose' },
  'test:cluster': { most: 1, only: ['short'], options: {}, usage: 'npm run test:cluster [short]' },
  'test:fresh': {
    most: many,
    only: ['bookworm', 'trixie', 'root', 'user'],
    options: {},
    usage: 'npm run test:fresh [bookworm | trixie] [root | user]',
  },
  lab: {
    most: many,
    options: { json: { type: 'boolean' }, small: { type: 'boolean' } },
    usage: 'npm run lab [experiment …] [-- --json] [-- --small]',
  },
  load: { most: 1, options: {}, usage: 'npm run load <pattern>' },
  rotate: { most: 2, only: ['edge', 'web'], options: {}, usage: 'npm run rotate [edge] [web]' },
  bench: { most: 1, options: {}, usage: 'npm run bench <name>' },
  soak: { most: 1, options: {}, usage: 'npm run soak <name>' },
  logs: { most: many, options: {}, usage: 'npm run logs [service …]' },
  kill: { most: 2, options: {}, usage: 'npm run kill <service> [signal]' },
  restart: { most: many, options: {}, usage: 'npm run restart <service> …' },
  hold: { most: many, options: {}, usage: 'npm run hold <service> …' },
  release: { most: many, options: {}, usage: 'npm run release <service> …' },
};

/**
 * The arguments of a command, or a sentence about the first one that it does not take.
 * @param {string} command @param {string[]} args
 * @returns {{ names: string[], detach: boolean, json: boolean, setup: boolean, small: boolean, withinSeconds: number | undefined }}
 */
export const readArguments = (command, args) => {
  const known = usages[command];
  if (!known) throw new Failure(`"${command}" is none of ${Object.keys(usages).join(', ')}.`);
  const { most, only, options, usage } = known;
  // `kill -9` and `kill -TERM`, as everywhere.
  const given = command === 'kill' ? args.map((arg) => arg.replace(/^-(?=[^-])/, '')) : args;
  const { values, positionals, tokens } = parseArgs({
    args: given,
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const option = tokens.find((token) => token.kind === 'option' && !Object.hasOwn(options, token.name));
  const unknown = positionals.find((name, index) => index >= most || (only && !only.includes(name)));
  const stranger = option?.kind === 'option' ? option.rawName : unknown;
  if (stranger !== undefined) throw new Failure(`"${stranger}" is not understood here, it is \`${usage}\`.`);
  const { within } = values;
  if (within !== undefined && !/^[1-9]\d*$/.test(String(within)))
    throw new Failure(`--within must be a whole number of seconds, it is \`${usage}\`.`);
  return {
    names: positionals,
    detach: Boolean(values['detach']),
    json: Boolean(values['json']),
    setup: Boolean(values['setup']),
    small: Boolean(values['small']),
    withinSeconds: within === undefined ? undefined : Number(within),
  };
};
