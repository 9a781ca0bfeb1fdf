// What a person sees: one screen on a terminal, otherwise a line for each change.
import { readable } from './logs.ts';
import type { Runner, ServiceStatus, Status } from './runner.ts';
import type { Supervised } from './supervised.ts';

const mebibytes = (bytes: number) => String(Math.round(bytes / 1024 / 1024));
const memory = ({ memoryBytes, memoryLimitBytes }: ServiceStatus) =>
  memoryBytes === 0 ? '' : `${mebibytes(memoryBytes)}${memoryLimitBytes ? `/${mebibytes(memoryLimitBytes)}` : ''} MiB`;

const tableColumns: { title: string; of: (one: ServiceStatus) => string }[] = [
  { title: 'service', of: ({ name }) => name },
  { title: 'state', of: ({ state }) => state },
  { title: 'waits for', of: ({ detail }) => detail },
  { title: 'restarts', of: ({ restarts }) => String(restarts || '') },
  { title: 'memory', of: memory },
  { title: 'pid', of: ({ pid }) => String(pid ?? '') },
  { title: 'address', of: ({ address }) => address },
];
const detailColumn = 2;
/** What of a long reason tells most; for more of it than that no other column gives way. */
const detailCharacters = 24;
const gap = '  ';

/** The table of `npm run status`: a line for each service. Without the room for all columns the last ones are left out. */
export const table = ({ services }: Pick<Status, 'services'>, width = Infinity): string[] => {
  const lines = [
    tableColumns.map(({ title }) => title),
    ...services.map((one) => tableColumns.map(({ of }) => of(one))),
  ];
  const widths = tableColumns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const total = services.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const excess = () => widths.reduce((sum, one) => sum + one + gap.length, -gap.length) - width;
  const spare = () => Math.max(0, widths[detailColumn]! - detailCharacters);
  while (excess() > spare() && widths.length > detailColumn + 1) widths.pop();
  widths[detailColumn]! -= Math.max(0, Math.min(excess(), spare()));
  const text = lines.map((line) =>
    widths
      .map((size, column) => line[column]!.slice(0, size).padEnd(size))
      .join(gap)
      .trimEnd(),
  );
  return [
    ...text,
    `${services.filter(({ ready }) => ready).length} of ${services.length} ready, ${mebibytes(total)} MiB in all`,
  ].map((line) => line.slice(0, width));
};

export interface View {
  /** What to say when everything is ready for the first time. */
  ready(lines: string[]): void;
  /** From now on: what is said, and what Ctrl-C does now. */
  stopping(): void;
  close(): void;
}

const crashLines = (one: Supervised, reason: string, lastLines: string[]) => [
  `${one.service.name}: ${reason}`,
  ...lastLines.map((line) => `  │ ${readable(line)}`),
];

/** A line for each change of state. */
export const plainView = (runner: Runner, sinceMs: number, write = (line: string) => console.log(line)): View => {
  const say = (line: string) => write(`${((Date.now() - sinceMs) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const seen = new Map<Supervised, string>();
  runner.on('change', (one) => {
    const now = [one.state, one.detail].filter(Boolean).join(': ');
    if (seen.get(one) !== now) say(`${one.service.name.padEnd(16)} ${now}`);
    seen.set(one, now);
  });
  runner.on('crash', (...crash) => crashLines(...crash).forEach(say));
  return {
    ready: (lines) => lines.forEach((line) => write(line)),
    stopping: () => say('Stopping.'),
    close: () => undefined,
  };
};

const [enter, leave, home] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l', '\x1b[H\x1b[J'];
const colors: Partial<Record<string, string>> = {
  ready: '\x1b[32m',
  restarting: '\x1b[31m',
  ended: '\x1b[31m',
  running: '\x1b[33m',
};

export interface Frame {
  status: Pick<Status, 'services'>;
  messages: string[];
  /** What matters most first. */
  footer: string[];
}

/** The lines of one screen, none of them longer than it is wide: a line that wraps would push the first ones out. */
export const frame = ({ status, messages, footer }: Frame, { columns = 80, rows = 24 }): string[] => {
  const services = table(status, columns);
  const last = footer.slice(0, Math.max(1, rows - services.length));
  const room = Math.max(0, rows - services.length - last.length);
  const shown = messages.slice(Math.max(0, messages.length - Math.max(0, room - 2)));
  const middle = room === 0 ? [] : shown.length > 0 && room > 2 ? ['', ...shown, ''] : [''];
  return [...services.slice(0, rows - last.length), ...middle, ...last].map((line) => line.slice(0, columns));
};

const colored = (line: string) =>
  line.replace(/^(\S+ +)([a-z]+)/, (whole, name: string, state: string) =>
    colors[state] ? `${name}${colors[state]}${state}\x1b[0m` : whole,
  );

/** One screen, drawn again when something changes and every two seconds for the memory. */
export const screenView = (runner: Runner): View => {
  let footer = ['Starting. Ctrl-C stops everything.'];
  let messages: string[] = [];
  let drawing: NodeJS.Timeout | undefined;
  const draw = () => {
    drawing = undefined;
    const lines = frame({ status: runner.status(), messages, footer }, process.stdout);
    process.stdout.write(home + lines.map(colored).join('\n'));
  };
  const soon = () => void (drawing ??= setTimeout(draw, 100));
  const say = (line: string) => {
    messages = [...messages, `${new Date().toTimeString().slice(0, 8)}  ${line}`].slice(-100);
    soon();
  };
  const end = (lines: string[]) => {
    footer = lines;
    soon();
  };
  process.stdout.write(enter);
  const clock = setInterval(soon, 2_000);
  runner.on('change', soon);
  process.stdout.on('resize', soon);
  runner.on('crash', (...crash) => crashLines(...crash).forEach(say));
  return {
    ready: end,
    stopping: () => end(['Stopping. Ctrl-C again does not wait for what is under way.']),
    close: () => {
      clearInterval(clock);
      clearTimeout(drawing);
      runner.off('change', soon);
      process.stdout.off('resize', soon);
      process.stdout.write(leave);
    },
  };
};
