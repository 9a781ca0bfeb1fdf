import type { Server } from 'node:http';

/** A start that failed for a reason that one line can say. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exitCode = 1;
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'is taken by another process',
  EADDRNOTAVAIL: 'is not an address of this machine (SELF)',
  EACCES: 'needs more rights than this process has',
  ENOTFOUND: 'is not a known name (SELF)',
};

/** @throws StartError */
export async function listen(
  server: Server,
  variable: 'PORT' | 'TLS_PORT' | 'ADMIN_PORT',
  host: string,
  port: number,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new StartError(`cannot listen on ${host}:${port} (${variable}): it ${REASONS[code] ?? `failed: ${message}`}`);
  }
}
