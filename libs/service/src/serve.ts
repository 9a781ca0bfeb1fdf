import { setFlagsFromString } from 'node:v8';
import type { z } from 'zod';
import { EnvironmentError } from './environment.ts';
import { StartError } from './listen.ts';
import { start, type Service, type ServiceOptions } from './start.ts';

/**
 * Runs a service as this process: starts it, ends it in order on SIGTERM or SIGINT, and sees to exit codes:
 * 0 after an orderly end; 78 for a wrong environment; 1 for a port that is taken, an error that nothing caught,
 * an end that took longer than SHUTDOWN_MS, or a second signal.
 */
export async function serve<E extends z.ZodObject>(options: ServiceOptions<E>): Promise<void> {
  // What V8 gains by it on large heaps costs a small one more: docs/decisions/0006-v8-on-small-heaps.md
  setFlagsFromString('--no-allocation-site-pretenuring');
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  // A signal that comes before there is anything to finish ends the process at once.
  const early = (): never => process.exit(0);
  process.once('SIGTERM', early).once('SIGINT', early);
  try {
    const service = await start(options);
    process.off('SIGTERM', early).off('SIGINT', early);
    watch(service);
  } catch (error) {
    if (error instanceof EnvironmentError) exit(error.exitCode, error.lines);
    if (error instanceof StartError) exit(error.exitCode, [`${options.name}: ${error.message}`]);
    exit(1, [`${options.name}: cannot start: ${error instanceof Error ? error.stack : String(error)}`]);
  }
}

function watch({ config, logger, api, stop }: Service<z.ZodObject>): void {
  // What is still to be written of the log is written by pino when the process exits.
  const fatal = (error: unknown, origin: string): void => {
    logger.fatal({ err: error }, origin);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => fatal(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => fatal(error, 'unhandled rejection'));

  const abandon = (why: string): void => {
    const left = [...api.inFlight].map(({ response, route, startedAtMs }) => ({
      method: response.req.method,
      route: route?.template,
      forMs: Math.round(performance.now() - startedAtMs),
    }));
    logger.error({ left: left.slice(0, 20), leftCount: left.length }, why);
    process.exit(1);
  };
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) return abandon(`${signal} again: ended at once`);
    stopping = true;
    logger.info({ drainMs: config.DRAIN_MS }, `${signal}: draining`);
    setTimeout(abandon, config.SHUTDOWN_MS, 'not ended within SHUTDOWN_MS').unref();
    stop().then(
      () => {
        logger.info('ended');
        process.exit(0);
      },
      (error: unknown) => fatal(error, 'shutdown failed'),
    );
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}

/** Whoever read our output has gone; that is no reason to stop serving. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function exit(code: number, lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(code);
}
