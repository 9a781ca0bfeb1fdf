import type { Phase } from './experiment.ts';
import type { Call } from './load.ts';

const bars = ' ▁▂▃▄▅▆▇█';
const columnsMax = 60;

/** How much happened in each of the columns; what is little is still seen. */
const bar = (counts: number[], most: number) =>
  counts.map((count) => bars[count === 0 ? 0 : Math.max(1, Math.round((count / most) * (bars.length - 1)))]).join('');

const letters: Record<Phase, string> = { before: '·', breaking: '!', broken: '×', healing: '+', after: '·' };

/** The run as lines of text: answers, failures, the slowest call and who answered, over time. */
export const timeline = (calls: Call[], replicaOf: (name: string) => string): string[] => {
  if (calls.length === 0) return [];
  const end = Math.max(...calls.map(({ dueMs, tookMs }) => dueMs + tookMs));
  const columnMs = Math.max(100, Math.ceil(end / columnsMax / 100) * 100);
  const columns = Math.ceil(end / columnMs) || 1;
  const over = (of: (call: Call) => boolean, atMs: (call: Call) => number) => {
    const counts = Array.from({ length: columns }, () => 0);
    for (const call of calls) if (of(call)) counts[Math.min(columns - 1, Math.floor(atMs(call) / columnMs))]! += 1;
    return counts;
  };
  const ended = ({ dueMs, tookMs }: Call) => dueMs + tookMs;
  const rows: [string, number[]][] = [
    [
      'asked',
      over(
        () => true,
        ({ dueMs }) => dueMs,
      ),
    ],
    ['answered', over(({ expected }) => expected, ended)],
    ['failed', over(({ expected }) => !expected, ended)],
  ];
  const replicas = [...new Set(calls.flatMap(({ servedBy }) => (servedBy ? [replicaOf(servedBy)] : [])))].sort();
  for (const replica of replicas)
    rows.push([replica, over(({ servedBy }) => servedBy !== undefined && replicaOf(servedBy) === replica, ended)]);
  const most = Math.max(...rows.flatMap(([, counts]) => counts));
  const width = Math.max(...rows.map(([name]) => name.length));
  const phases = Array.from({ length: columns }, (_, column) => {
    const seen = calls.findLast(({ dueMs }) => dueMs < (column + 1) * columnMs);
    return letters[seen?.phase ?? 'before'];
  }).join('');
  const perSecond = Math.round(most / (columnMs / 1000));
  return [
    ...rows.map(([name, counts]) => `${name.padEnd(width)} │${bar(counts, most)}│`),
    `${''.padEnd(width)} │${phases}│`,
    `${''.padEnd(width)}  a column is ${columnMs} ms, the highest bar ${perSecond} a second; ! broken, × watched, + healed`,
  ];
};
