// Configuration templates of what is not ours (nginx, VCL, Prometheus …): one small language for every format.
//
//   ${NAME}                     the environment's value; names are upper case, so nginx's own ${host} is left alone
//   #@for item in ${NAME}       repeats the lines up to #@end for each of the whitespace-separated values, with
//     ${item} ${item_index}     the value and its place from 1, and for a value host:port
//     ${item.host} ${item.port} its parts
//   #@if ${NAME}                keeps the lines up to #@end when the value is neither empty nor `off`
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong in a template or in a value for it; the message names the template, the line and the variable. */
export class TemplateError extends Error {}

// A value must stay one word or list of words in every target's syntax: none of these can be in it, or whoever sets
// a variable could write directives.
const unsafe = /[\p{Cc}"'`{}\\;$#]/u;
const placeholder = /\$\{([A-Za-z_]\w*(?:\.\w+)?)\}/g;
const directive = /^\s*#@(.*)$/;
const loop = /^for ([a-z_]\w*) in \$\{([A-Z_][A-Z0-9_]*)\}$/;
const condition = /^if \$\{([A-Z_][A-Z0-9_]*)\}$/;

/** The text with the environment's values in it. `name` is the template's, for errors. */
export const render = (text: string, environment: Environment, name = 'template'): string => {
  const lines = text.split('\n');
  let at = 0;
  const fail = (problem: string): never => {
    throw new TemplateError(`${name}:${at + 1}: ${problem}`);
  };

  const valueOf = (variable: string): string => {
    const value = environment[variable] ?? fail(`${variable} is not set`);
    return unsafe.test(value)
      ? fail(`${variable} holds a control character or one of " ' \` { } \\ ; $ #, which no configuration value may`)
      : value;
  };

  type Locals = Readonly<Record<string, string>>;
  const localsOf = (item: string, value: string, index: number): Locals => {
    const [, host, port] = /^(.+):(\d+)$/.exec(value) ?? [];
    const parts = host && port ? { [`${item}.host`]: host, [`${item}.port`]: port } : {};
    return { [item]: value, [`${item}_index`]: String(index + 1), ...parts };
  };
  const substitute = (line: string, locals: Locals): string =>
    line.replace(placeholder, (whole, key: string) => {
      const local = locals[key];
      if (local !== undefined) return local;
      if (/^[A-Z_][A-Z0-9_]*$/.test(key)) return valueOf(key);
      return key.split('.')[0]! in locals ? fail(`\${${key}} of ${locals[key.split('.')[0]!]}: not host:port`) : whole;
    });

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
      if (word === 'end') return openedAt === undefined ? fail('#@end without #@for or #@if') : out;
      const [, item, list] = loop.exec(word) ?? [];
      const asked = condition.exec(word)?.[1];
      if (!list && !asked) fail(`#@${word} is none of #@for item in \${NAME}, #@if \${NAME}, #@end`);
      const start = at + 1;
      const passes = !kept
        ? []
        : asked
          ? ['', 'off'].includes(valueOf(asked).trim())
            ? []
            : [locals]
          : (valueOf(list!).match(/\S+/g) ?? []).map((value, i) => ({ ...locals, ...localsOf(item!, value, i) }));
      for (const pass of passes) {
        at = start;
        out.push(...block(pass, true, start));
      }
      if (passes.length === 0) {
        at = start;
        block(locals, false, start);
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
    return [join(to, path), render(readFileSync(source, 'utf8'), environment, relative('.', source))] as const;
  });
  for (const [path, text] of rendered) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text, { mode: 0o644 });
    renameSync(`${path}.new`, path);
  }
};
