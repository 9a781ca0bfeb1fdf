import { Failure } from '../setup/failure.mjs';

export type Variables = Readonly<Record<string, string | undefined>>;

/** compose's `${VAR}`, `${VAR:-default}` and `$$`; its other forms are refused, since nothing here uses them. */
export const interpolate = (text: string, variables: Variables): string =>
  text.replace(
    /\$(?:(\$)|\{([A-Za-z_]\w*)(?::-([^{}]*))?\}|)/g,
    (_, dollar?: string, name?: string, otherwise?: string) => {
      if (dollar) return '$';
      if (!name)
        throw new Failure(`docker-compose.yml: "${text}": only \${NAME}, \${NAME:-default} and $$ are understood`);
      const value = variables[name] || otherwise;
      if (value === undefined)
        throw new Failure(`docker-compose.yml: "${text}": ${name} is not set and has no default`);
      return value;
    },
  );

/** The same in every string of a parsed document. Keys are left alone, as compose does. */
export const interpolateAll = (node: unknown, variables: Variables): unknown => {
  if (typeof node === 'string') return interpolate(node, variables);
  if (Array.isArray(node)) return node.map((item) => interpolateAll(item, variables));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, interpolateAll(value, variables)]));
};

/** What a shell would make of `$NAME` and `${NAME}`: for URLs that name a service's own variables. */
export const expand = (text: string, environment: Variables): string =>
  text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    const name = (braced ?? plain)!;
    const value = environment[name];
    if (value === undefined) throw new Failure(`docker-compose.yml: "${text}": the service has no ${name}`);
    return value;
  });

/** The variables of a `.env` file: NAME=value lines, comments, and quotes around a whole value. */
export const parseDotEnv = (text: string): Record<string, string> => {
  const lines = text.split('\n').map((line) => /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((line) => (line ? [[line[1]!, line[2]!.replace(/^(["'])(.*)\1$/, '$2')]] : [])),
  );
};
