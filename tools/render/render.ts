// Configuration templates of what is not ours (nginx, VCL, Prometheus …): one small language for every format.
//
//   ${NAME}                     the environment's value; names are upper case, so nginx's own ${host} is left alone
//   #@for item in ${NAME}       repeats the lines up to #@end for each of the whitespace-separated values, with
//     ${item} ${item_index}     the value and its place from 1, and for a value host:port or name=host:port
//     ${item.host} ${item.port} its parts, and
//     ${item.name}
//   #@for item in a b c         likewise for each of these words, and within it
//     #@for … in ${item.list}   for each value of the variable that has the word's name in capitals
//   #@if ${NAME}                keeps the lines up to #@end when the value is neither empty nor `off`
//   #@if ${item} in ${NAME}     when the item is one of the values
//   #@else                      and those from here on otherwise
//
// Where NAME is not set, NAME_FILE may name a file that holds the value: a secret, so that what is rendered with it is for
// its owner's eyes only.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong in a template or in a value for it; the message names the template, the line and the variable. */
export class TemplateError extends Error {}

// A value must stay one word or list of words in every target's syntax: none of these can be in it, or whoever sets
// a variable could write directives.
const unsafe = /[\p{Cc}"'`{}\\;$#]/u;
const placeholder = /\$\{([A-Za-z_]\w*(?:\.\w+)?)\}/g;
const directive = /^\s*#@(.*)$/;
const loop = /^for ([a-z_]\w*) in (?:\$\{([A-Z_][A-Z0-9_]*)\}|\$\{([a-z_]\w*)\.list\}|([a-z][a-z0-9_ ]*))$/;
const condition = /^if \$\{([A-Z_][A-Z0-9_]*)\}$/;
const membership = /^if \$\{([a-z_]\w*)\} in \$\{([A-Z_][A-Z0-9_]*)\}$/;

/** A secret's value, from its file; undefined where there is no NAME_FILE. */
const secretOf = (variable: string, environment: Environment): string | undefined => {
  const file = environment[`${variable}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new TemplateError(`${variable}_FILE: ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
};

/** Whether what this template becomes holds a secret. */
const holdsSecret = (text: string, environment: Environment): boolean =>
  [...text.matchAll(placeholder)].some(
    ([, name = '']) => environment[name] === undefined && environment[`${name}_FILE`],
  );

/** The text with the environment's values in it. `name` is the template's, for errors. */
export const render = (text: string, environment: Environment, name = 'template'): string => {
  const lines = text.split('\n');
  let at = 0;
  const fail = (problem: string): never => {
    throw new TemplateError(`${name}:${at + 1}: ${problem}`);
  };

  const valueOf = (variable: string): string => {
    const value = environment[variable] ?? secretOf(variable, environment) ?? fail(`${variable} is not set`);
    return unsafe.test(value)
      ? fail(`${variable} holds a control character or one of " ' \` { } \\ ; $ #, which no configuration value may`)
      : value;
  };

  type Locals = Readonly<Record<string, string>>;
  const localsOf = (item: string, value: string, index: number): Locals => {
    const [, name, host, port] = /^(?:([^=:]+)=)?(.+):(\d+)$/.exec(value) ?? [];
    const parts = host && port ? { [`${item}.host`]: host, [`${item}.port`]: port } : {};
    return { [item]: value, [`${item}_index`]: String(index + 1), ...parts, ...(name && { [`${item}.name`]: name }) };
  };
  const substitute = (line: string, locals: Locals): string =>
    line.replace(placeholder, (whole, key: string) => {
      const local = locals[key];
      if (local !== undefined) return local;
      if (/^[A-Z_][A-Z0-9_]*$/.test(key)) return valueOf(key);
      return key.split('.')[0]! in locals ? fail(`\${${key}} of ${locals[key.split('.')[0]!]}: not host:port`) : whole;
    });

  const valuesOf = (variable: string): string[] => valueOf(variable).match(/\S+/g) ?? [];
  const localOf = (item: string, locals: Locals): string => locals[item] ?? fail(`there is no ${item} here`);

  /** How often a block is rendered, and with which names each time; undefined where the directive is none of ours. */
  const passesOf = (word: string, locals: Locals): (() => Locals[]) | undefined => {
    const [, item, list, outer, words] = loop.exec(word) ?? [];
    if (item) {
      const values = () =>
        list ? valuesOf(list) : outer ? valuesOf(localOf(outer, locals).toUpperCase()) : words!.match(/\S+/g)!;
      return () => values().map((value, i) => ({ ...locals, ...localsOf(item, value, i) }));
    }
    const asked = condition.exec(word)?.[1];
    if (asked) return () => (['', 'off'].includes(valueOf(asked).trim()) ? [] : [locals]);
    const [, member, all] = membership.exec(word) ?? [];
    return member ? () => (valuesOf(all!).includes(localOf(member, locals)) ? [locals] : []) : undefined;
  };

  const isElse = () => directive.exec(lines[at]!)?.[1]?.trim() === 'else';

  /** Renders from the line `at` up to this block's end, and leaves `at` there; only checks the structure when not `kept`. */
  const block = (locals: Locals, kept: boolean, openedAt?: number): string[] => {
    const out: string[] = [];
    for (; at < lines.length; at++) {
      const line = lines[at]!;
      const word = directive.exec(line)?.[1]?.trim();
      if (word === undefined) {
        if (kept) out.push(substitute(line, locals));
        continue;
      }
      if (word === 'end' || word === 'else')
        return openedAt === undefined ? fail(`#@${word} without #@for or #@if`) : out;
      const passesIn = passesOf(word, locals) ?? fail(`#@${word} is no #@for, #@if or #@end of a known form`);
      const start = at + 1;
      const passes = kept ? passesIn() : [];
      for (const pass of passes) {
        at = start;
        out.push(...block(pass, true, start));
      }
      if (passes.length === 0) {
        at = start;
        block(locals, false, start);
      }
      if (isElse()) {
        if (!word.startsWith('if ')) fail('#@else in a #@for');
        at++;
        out.push(...block(locals, kept && passes.length === 0, start));
        if (isElse()) fail('a second #@else');
      }
    }
    if (openedAt !== undefined) {
      at = openedAt - 1;
      fail('no #@end');
    }
    return out;
  };
  return block({}, true).join('\n');
};

/** Renders every file under `from` to the same path under `to`: all of them, or, when one is wrong, none. */
export const renderFolder = (from: string, to: string, environment: Environment): void => {
  // A ConfigMap's folder has its files twice: as links, and in folders whose names begin with two dots.
  const files = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.startsWith('..') && statSync(join(from, path)).isFile(),
  );
  const rendered = files.map((path) => {
    const source = join(from, path);
    const text = readFileSync(source, 'utf8');
    const mode = holdsSecret(text, environment) ? 0o600 : 0o644;
    return [join(to, path), render(text, environment, relative('.', source)), mode] as const;
  });
  for (const [path, text, mode] of rendered) {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(`${path}.new`, { force: true }); // Perhaps of a start that was cut off, with another mode.
    writeFileSync(`${path}.new`, text, { mode });
    renameSync(`${path}.new`, path);
  }
};
