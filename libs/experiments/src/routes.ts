import { parse } from 'yaml';

interface Row {
  path: string;
  timeoutMs?: number;
}

/** A row's path as an expression; the more it says by itself, the sooner it counts. */
const matcherOf = ({ path, timeoutMs }: Row) => ({
  timeoutMs,
  weight: path.replace(/\{.*$/, '').length,
  expression: new RegExp(`^${path.replace(/[.\\]/g, '\\$&').replace(/\{\w+\}/g, '.*')}$`),
});

/** Which deadline the routing table (routes.yaml of the edge) gives to a path, in milliseconds. */
export const deadlinesOf = (table: string): ((path: string) => number) => {
  const { routes } = parse(table) as { routes: Row[] };
  const rows = routes.map(matcherOf).sort((a, b) => b.weight - a.weight);
  return (path) => {
    const own = path.replace(/\?.*$/, '');
    const row = rows.find(({ expression }) => expression.test(own));
    if (row?.timeoutMs === undefined) throw new Error(`the routing table has no deadline for ${path}`);
    return row.timeoutMs;
  };
};
