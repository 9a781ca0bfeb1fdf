import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderFolder } from '../render/render.ts';
import { Backoff, type RestartDelayMs } from './backoff.ts';
import type { Condition, Service } from './compose.ts';
import { lastLines, logLimitBytes, rotate } from './logs.ts';
import { probeCommand, probeUrl } from './probe.ts';
import { end, launch, makeFolders, memoryOf, pidFileOf, processesOf } from './processes.ts';

export interface Limits {
  restartDelayMs: RestartDelayMs;
  /** How long one that was restarted has to be ready before another is (minReadySeconds of the charts). */
  minReadyMs: number;
  logBytes: number;
  /** Between two looks at the log's size. */
  logPauseMs: number;
}
const houseLimits: Limits = {
  // The first pause is longer than the proxies' probes need to see a replica gone: one that listened again at once would
  // be asked before it has loaded what it serves.
  restartDelayMs: { first: 1_000, most: 10_000, forgivenAfter: 10_000 },
  // The caches' probes notice one that has gone as soon as one that has come: within 0.9 s. With the next one gone at once
  // they would know none for a moment.
  minReadyMs: 2_000,
  logBytes: logLimitBytes,
  logPauseMs: 1_000,
};
const readyPauseMs = { waiting: 200, ready: 1_000, answer: 2_000 };

/**
 * waiting: for what it depends on; starting: runs, not healthy yet; running: healthy, takes no traffic yet; ready: takes
 * traffic; restarting: ended by itself, waits before the next try; held: kept down by request; ended: will not run again.
 */
export type State = 'waiting' | 'starting' | 'running' | 'ready' | 'restarting' | 'held' | 'ended';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}
export interface Place {
  /** Where the service's own files are: run/<name>. */
  folder: string;
  logFile: string;
  /** The repository: what commands are relative to. */
  root: string;
  /** What every process gets besides its own variables. */
  environment: Record<string, string>;
}

type Wish = 'stop' | 'hold' | 'restart' | undefined;
export interface Dependency {
  on: Supervised;
  condition: Condition;
}

/** One service: started, checked, and started again when it crashes or fails its health check. Emits 'change' and 'crash'. */
export class Supervised extends EventEmitter<{ change: []; crash: [reason: string, lastLines: string[]] }> {
  state: State = 'waiting';
  /** What it waits for, or why it is not well. */
  detail = '';
  pid: number | undefined;
  /** How often it was started again after it ended by itself or was found frozen. */
  restarts = 0;
  healthy = false;
  lastExit: Exit | undefined;
  readonly service: Service;
  readonly #place: Place;
  readonly #dependencies: () => Dependency[];
  readonly #limits: Limits;
  /** What it was asked for from outside; 'restart' is done when the next life begins. */
  #wish: Wish;
  #hurry: AbortSignal | undefined;
  /** What was wrong with its log when that was last to be cut. */
  #logTrouble = '';

  constructor(
    service: Service,
    place: Place,
    dependencies: () => Dependency[] = () => [],
    limits: Limits = houseLimits,
  ) {
    super();
    this.setMaxListeners(0);
    this.service = service;
    this.#place = place;
    this.#dependencies = dependencies;
    this.#limits = limits;
  }

  get #pidFile() {
    return pidFileOf(this.#place.folder);
  }
  get #environment() {
    return { ...this.#place.environment, ...this.service.environment };
  }
  get memoryBytes() {
    return memoryOf(processesOf(this.#pidFile, this.#place.folder));
  }
  get completed() {
    return this.state === 'ended' && this.lastExit?.code === 0;
  }

  /** Runs it until it ends for good or `stop`. */
  async run(): Promise<void> {
    await this.#dependenciesMet();
    const backoff = new Backoff(this.#limits.restartDelayMs);
    while (this.#wish !== 'stop') {
      if (this.#wish === 'hold') {
        this.#become('held', 'held down');
        await this.until(() => this.#wish !== 'hold');
        continue;
      }
      this.#wish = undefined;
      const startedAt = performance.now();
      const reason = await this.#live();
      if (this.#wish) continue;
      const failed = this.lastExit?.code !== 0;
      const again = !['no', failed ? '' : 'on-failure'].includes(this.service.restart);
      if (failed || again) this.emit('crash', reason, lastLines(this.#place.logFile, 5));
      if (!again) return this.#become('ended', reason);
      this.restarts += 1;
      this.#become('restarting', reason);
      await this.#pauseUntilAsked(backoff.after(performance.now() - startedAt));
    }
    this.#become('ended', 'stopped');
  }

  /** Ends it for good: the stop signal, the grace, then SIGKILL for what is left. `hurry` ends the grace early. */
  async stop(hurry?: AbortSignal): Promise<void> {
    this.#hurry = hurry;
    this.#ask('stop');
    await this.until(() => this.state === 'ended');
  }

  /** Keeps it down from now on; answers when it is. */
  async hold(): Promise<void> {
    this.#ask('hold');
    await this.until(() => ['held', 'ended'].includes(this.state));
  }

  /** Lets it run again after `hold`. */
  release(): void {
    if (this.#wish === 'hold') this.#ask(undefined);
  }

  /** A step of a rolling restart: ended gently, started again, ready for long enough. Answers how the old process ended. */
  async restart(): Promise<Exit | undefined> {
    const { pid } = this;
    this.#ask('restart');
    await this.until(() => pid === undefined || this.pid !== pid);
    const exit = this.lastExit;
    const isOver = () => (this.state === 'ready' && this.pid !== pid) || this.state === 'ended';
    await this.until(isOver);
    if (this.state !== 'ended') await sleep(this.#limits.minReadyMs);
    await this.until(isOver);
    return exit;
  }

  /** Waits for something about this service to be so. */
  async until(condition: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!condition()) await once(this, 'change', { ...(signal && { signal }) });
  }

  #ask(wish: Wish): void {
    if (this.#wish !== 'stop') this.#wish = wish;
    this.emit('change');
  }

  #become(state: State, detail = ''): void {
    if (state === this.state && detail === this.detail) return;
    this.state = state;
    this.detail = detail;
    this.emit('change');
  }

  async #dependenciesMet(): Promise<void> {
    for (const { on, condition } of this.#dependencies()) {
      this.#become('waiting', `for ${on.service.name}`);
      const isMet = () => Boolean(on[met[condition]]) || this.#wish === 'stop';
      while (!isMet()) {
        const settled = new AbortController();
        const change = (of: Supervised) => once(of, 'change', { signal: settled.signal }).catch(() => undefined);
        await Promise.race([change(on), change(this)]);
        settled.abort();
      }
    }
  }

  /** One life of the process. Answers why it ended. */
  async #live(): Promise<string> {
    const { folder, logFile, root } = this.#place;
    const { command, templates, stopSignal, stopGraceMs } = this.service;
    let child: ChildProcess;
    try {
      await end(this.#pidFile, folder); // What a dead runner left.
      makeFolders(join(folder, 'state'));
      if (templates) {
        rmSync(join(folder, 'conf'), { recursive: true, force: true });
        renderFolder(join(root, templates), join(folder, 'conf'), this.#environment);
      }
      child = launch({ command: command!, environment: this.#environment, cwd: root, pidFile: this.#pidFile, logFile });
    } catch (error) {
      this.lastExit = undefined;
      return (error as Error).message;
    }
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', () => resolve({ code: null, signal: null }));
    });
    this.pid = child.pid;
    this.#become('starting');
    const over = new AbortController();
    const watches = [this.#watchReadiness(over.signal), this.#watchLog(over.signal)];
    const asked = this.until(() => this.#wish !== undefined, over.signal).catch(() => undefined);
    const failure = await Promise.race([exited.then(() => undefined), asked, this.#failing(over.signal)]);
    // Also when it ended by itself: the workers of a killed master hold its port.
    await end(
      this.#pidFile,
      folder,
      this.#wish ? { signal: stopSignal, graceMs: stopGraceMs, hurry: this.#hurry } : {},
    );
    const { code, signal } = (this.lastExit = await exited);
    over.abort();
    await Promise.all(watches);
    this.pid = undefined;
    this.healthy = false;
    this.emit('change');
    return failure ?? (signal ? `killed by ${signal}` : code === null ? 'could not be started' : `exit ${code}`);
  }

  /** Answers why, when the health check has failed too often; otherwise when it is over. */
  async #failing(over: AbortSignal): Promise<string | undefined> {
    const { healthcheck } = this.service;
    if (!healthcheck) {
      this.healthy = true;
      return until(over);
    }
    const { command, intervalMs, timeoutMs, retries, startPeriodMs } = healthcheck;
    const startedAt = performance.now();
    for (let failures = 0; !over.aborted;) {
      await pause(this.healthy ? intervalMs : Math.min(intervalMs, readyPauseMs.waiting), over);
      const [kind, url] = command;
      const { ok, detail } =
        kind === 'probe'
          ? await probeUrl(url!, timeoutMs)
          : await probeCommand(command, this.#environment, this.#place.root, timeoutMs);
      if (ok) {
        failures = 0;
        this.healthy = !over.aborted;
        this.emit('change');
      } else if (this.healthy || performance.now() - startedAt > startPeriodMs) {
        if (++failures >= retries) return `failed its health check: ${detail}`;
      }
    }
    return undefined;
  }

  async #watchReadiness(over: AbortSignal): Promise<void> {
    const { readyUrl } = this.service;
    while (!over.aborted) {
      const probed = readyUrl ? await probeUrl(readyUrl, readyPauseMs.answer) : { ok: true, detail: '' };
      if (over.aborted) return;
      const isReady = this.healthy && probed.ok;
      const state = isReady ? 'ready' : this.healthy ? 'running' : 'starting';
      const waitsFor = probed.ok || probed.detail === 'ECONNREFUSED' ? '' : probed.detail;
      this.#become(state, [waitsFor, this.#logTrouble].filter(Boolean).join('; '));
      await pause(isReady ? readyPauseMs.ready : readyPauseMs.waiting, over);
    }
  }

  async #watchLog(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      this.#logTrouble = rotate(this.#place.logFile, this.#limits.logBytes) ?? this.#logTrouble;
      await pause(this.#limits.logPauseMs, over);
    }
  }

  async #pauseUntilAsked(ms: number): Promise<void> {
    const over = new AbortController();
    const asked = this.until(() => this.#wish !== undefined, over.signal).catch(() => undefined);
    await Promise.race([pause(ms, over.signal), asked]);
    over.abort();
  }
}

const met = {
  service_started: 'pid',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
} as const;
/** Sleeps, but not longer than until `over`. */
const pause = (ms: number, over: AbortSignal) => sleep(ms, undefined, { signal: over }).catch(() => undefined);
const until = async (over: AbortSignal) => {
  if (!over.aborted) await once(over, 'abort');
  return undefined;
};
