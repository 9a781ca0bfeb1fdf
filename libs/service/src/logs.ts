import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import type { BaseConfig } from './environment.ts';
import { currentRequest } from './request-context.ts';

export type { Logger };

/** Never written, wherever in a logged object they are. */
const REDACTED = ['authorization', 'cookie', 'set-cookie', 'password', 'token', 'secret', 'x-load-secret'];

/** What may wait for a slow reader of the log. Beyond it lines are dropped: a stuck reader must not stop a service. */
const BACKLOG_MAX_BYTES = 1_048_576;
/** How long the last lines, which are written at once, may wait for such a reader: nor must it keep one from ending. */
const LAST_LINES_MS = 500;

/** One JSON object a line: {time, level, service, replica, traceId?, msg, …}. */
export function createLogger({ LOG_LEVEL, SERVICE, NAME }: BaseConfig): Logger {
  const paths = REDACTED.flatMap((name) => ['', '*.', '*.*.'].map((depth) => `${depth}["${name}"]`.replace('.[', '[')));
  return pino(
    {
      level: LOG_LEVEL,
      base: { service: SERVICE, replica: NAME },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths, censor: '***' },
      mixin: () => {
        const request = currentRequest();
        return request ? { traceId: request.trace.traceId } : {};
      },
    },
    standardOutput(),
  );
}

function standardOutput(): ReturnType<typeof pino.destination> {
  let blockedSinceMs: number | undefined;
  const destination = pino.destination({
    dest: 1,
    sync: false,
    maxLength: BACKLOG_MAX_BYTES,
    // `flushSync` asks again and again within one turn of the event loop, all else once in its own.
    retryEAGAIN: () => {
      if (blockedSinceMs === undefined) setImmediate(() => (blockedSinceMs = undefined));
      blockedSinceMs ??= performance.now();
      return performance.now() - blockedSinceMs < LAST_LINES_MS;
    },
  });
  const flushSync = destination.flushSync.bind(destination);
  destination.flushSync = () => {
    try {
      flushSync();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  };
  return destination;
}

/** What Nest says about its own start is detail; its warnings and errors are not. */
const NEST_INTERNALS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's logger, writing to ours. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.#write(NEST_INTERNALS.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  #write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.slice(0, -1).find((value) => typeof value === 'string');
    this.logger[level](
      { context, ...(stack ? { stack } : {}), ...(message instanceof Error ? { err: message } : {}) },
      message instanceof Error ? message.message : typeof message === 'string' ? message : JSON.stringify(message),
    );
  }
}
