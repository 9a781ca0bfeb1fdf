import { spawn } from 'node:child_process';
import { get } from 'node:http';

export interface ProbeResult {
  ok: boolean;
  /** Why not, or what the answer said. */
  detail: string;
}

/** GET of a URL: 2xx and 3xx are well. Asked by the runner itself, so a check costs no process. */
export const probeUrl = (url: string, timeoutMs: number): Promise<ProbeResult> =>
  new Promise((resolve) => {
    // One time for the whole exchange: a service that drips its answer is not well either.
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (body = (body + part).slice(0, 4096)));
      answer.on('error', () => resolve({ ok: false, detail: 'broke off its answer' }));
      answer.on('end', () => {
        const status = answer.statusCode ?? 0;
        resolve({ ok: status >= 200 && status < 400, detail: describeBody(body) || `answered ${status}` });
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve({
        ok: false,
        detail: error.name === 'AbortError' ? `no answer in ${timeoutMs} ms` : (error.code ?? error.message),
      }),
    );
  });

/** What a readiness body waits for, in a line: a service names it in `waitingFor`, a problem in `detail`. */
const describeBody = (body: string): string => {
  try {
    const { waitingFor, detail } = JSON.parse(body) as { waitingFor?: Record<string, string>; detail?: string };
    return (
      detail ??
      Object.entries(waitingFor ?? {})
        .map((entry) => entry.join(': '))
        .join(', ')
    );
  } catch {
    return '';
  }
};

/** Exit status of a command: 0 is well. One that takes too long is killed. */
export const probeCommand = (command: string[], environment: NodeJS.ProcessEnv, cwd: string, timeoutMs: number) =>
  new Promise<ProbeResult>((resolve) => {
    const [program, ...args] = command;
    const check = spawn(program!, args, {
      env: environment,
      cwd,
      stdio: 'ignore',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    check.on('error', (error) => resolve({ ok: false, detail: error.message }));
    check.on('exit', (status, signal) =>
      resolve({ ok: status === 0, detail: signal ? `no end in ${timeoutMs} ms` : `exit ${status}` }),
    );
  });
