// What a person sees: one screen on a terminal, otherwise a line for each change.
import type { Runner, ServiceStatus, Status } from './runner.ts';
import type { Supervised } from './supervised.ts';

const mebibytes = (bytes: number) => String(Math.round(bytes / 1024 / 1024));
const memory = ({ memoryBytes, memoryLimitBytes }: ServiceStatus) =>
  memoryBytes === 0 ? '' : `${mebibytes(memoryBytes)}${memoryLimitBytes ? `/${mebibytes(memoryLimitBytes)}` : ''} MiB`;

/** The table of `npm run status`: a line for each service. */
export const table = ({ services }: Pick<Status, 'services'>): string[] => {
  const rows = services.map((one) => [
    one.name,
    one.state,
    one.address,
    String(one.pid ?? ''),
    String(one.restarts || ''),
    memory(one),
    one.detail,
  ]);
  const lines = [['service', 'state', 'address', 'pid', 'restarts', 'memory', 'waits for'], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const total = services.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...text,
    `${services.filter(({ ready }) => ready).length} of ${services.length} ready, ${mebibytes(total)} MiB in all`,
  ];
};

export interface View {
  /** What to say when everything is ready for the first time. */
  ready(lines: string[]): void;
  say(line: string): void;
  close(): void;
}

const crashLines = (one: Supervised, reason: string, lastLines: string[]) => [
  `${one.service.name}: ${reason}`,
  ...lastLines.map((line) => `  │ ${line}`),
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
  return { ready: (lines) => lines.forEach((line) => write(line)), say, close: () => undefined };
};

const [enter, leave, home] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l', '\x1b[H\x1b[J'];
const colors: Partial<Record<string, string>> = {
  ready: '\x1b[32m',
  restarting: '\x1b[31m',
  ended: '\x1b[31m',
  running: '\x1b[33m',
};

/** One screen, drawn again when something changes and every two seconds for the memory. */
export const screenView = (runner: Runner): View => {
  let footer = ['Starting. Ctrl-C stops everything.'];
  let messages: string[] = [];
  let drawing: NodeJS.Timeout | undefined;
  const draw = () => {
    drawing = undefined;
    const { columns = 80, rows = 24 } = process.stdout;
    const services = table(runner.status()).map((line) => {
      const cut = line.slice(0, columns);
      return cut.replace(/^(\S+ +)([a-z]+)/, (whole, name, state) =>
        colors[state] ? `${name}${colors[state]}${state}\x1b[0m` : whole,
      );
    });
    const room = Math.max(0, rows - services.length - footer.length - 3);
    const shown = room ? messages.slice(-room).map((line) => line.slice(0, columns)) : [];
    process.stdout.write(home + [...services, '', ...shown, ...(shown.length ? [''] : []), ...footer].join('\n'));
  };
  const soon = () => void (drawing ??= setTimeout(draw, 100));
  const say = (line: string) => {
    messages = [...messages, `${new Date().toTimeString().slice(0, 8)}  ${line}`].slice(-100);
    soon();
  };
  process.stdout.write(enter);
  const clock = setInterval(soon, 2_000);
  runner.on('change', soon);
  runner.on('crash', (...crash) => crashLines(...crash).forEach(say));
  return {
    ready: (lines) => {
      footer = lines;
      soon();
    },
    say,
    close: () => {
      clearInterval(clock);
      clearTimeout(drawing);
      runner.off('change', soon);
      process.stdout.write(leave);
    },
  };
};
