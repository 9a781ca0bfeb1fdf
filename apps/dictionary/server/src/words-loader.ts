import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  backoffMs,
  CONFIG,
  fetchWithin,
  LOGGER,
  Metrics,
  Readiness,
  type Trust,
  type Config,
  type Gate,
  type Logger,
} from '@almanac/service';
import type { environment, WordsIdentity } from './dictionary.config.ts';
import { Dictionary } from './dictionary.ts';
import { WordsFile } from './words-file.ts';

export const WORDS_IDENTITY = Symbol('WORDS_IDENTITY');

const backoff = { firstMs: 100, maxMs: 5_000 };

/**
 * Fetches the words when the service starts, and makes it ready once it has them (ch. 5, "Readiness Probes for Load
 * Balancing"). Tries for ever: an origin that is late, or that has a broken file today, must not need a restart here.
 */
@Injectable()
export class WordsLoader implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #gate: Gate;
  readonly #stopping = new AbortController();
  readonly #tries;

  constructor(
    @Inject(CONFIG) private readonly config: Config<typeof environment>,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WORDS_IDENTITY) private readonly identity: WordsIdentity,
    private readonly dictionary: Dictionary,
    readiness: Readiness,
    metrics: Metrics,
  ) {
    this.#gate = readiness.gate('words');
    this.#tries = metrics.counter('dictionary_words_fetches_total', 'Tries to fetch the words file.', ['outcome']);
    metrics.gauge('dictionary_words', 'Words that can be looked up.', [], function () {
      this.set(dictionary.size);
    });
  }

  onApplicationBootstrap(): void {
    void this.#load(this.#stopping.signal);
  }

  onApplicationShutdown(): void {
    this.#stopping.abort();
  }

  async #load(stop: AbortSignal): Promise<void> {
    const { sha256 } = this.identity;
    const url = `${this.config.WORDS_URL.replace(/\/$/, '')}/words-${sha256}`;
    for (let failures = 1; !stop.aborted; failures++) {
      try {
        const timeoutMs = this.config.WORDS_TIMEOUT_MS;
        const file = await download(url, this.identity.bytes, {
          timeoutMs,
          signal: stop,
          trust: await this.#trust(),
        });
        verify(file, sha256);
        this.dictionary.use(new WordsFile(file.buffer), sha256);
        this.#tries.inc({ outcome: 'loaded' });
        this.#gate.open();
        this.logger.info({ url, words: this.dictionary.size }, 'words loaded');
        return;
      } catch (error) {
        if (stop.aborted) return;
        const pauseMs = backoffMs(failures, backoff);
        this.#tries.inc({ outcome: 'failed' });
        this.#gate.close(`no words from ${url} yet: ${reasonOf(error)}`);
        this.logger.warn({ url, err: error, pauseMs }, 'no words yet');
        await delay(pauseMs, undefined, { signal: stop }).catch(() => {});
      }
    }
  }

  /** Read for each try, as it may come late, or another in its place. */
  async #trust(): Promise<Trust | undefined> {
    const { WORDS_CA_FILE, WORDS_CERT_NAME } = this.config;
    if (WORDS_CA_FILE === undefined && WORDS_CERT_NAME === undefined) return undefined;
    return { ca: WORDS_CA_FILE === undefined ? undefined : await readFile(WORDS_CA_FILE), servername: WORDS_CERT_NAME };
  }
}

/** Fetches a file of a known size into one buffer, and its checksum on the way. No byte beyond the size is taken. */
export async function download(
  url: string,
  bytes: number,
  { timeoutMs, signal, trust }: { timeoutMs: number; signal: AbortSignal; trust?: Trust | undefined },
): Promise<{ buffer: ArrayBuffer; sha256: string }> {
  const response = await fetchWithin(url, { timeoutMs, signal, trust, maxBytes: bytes });
  try {
    if (response.status !== 200) throw new Error(`the answer is ${response.status}`);
    const buffer = new Uint8Array(bytes);
    const hash = createHash('sha256');
    let received = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      buffer.set(chunk, received);
      hash.update(chunk);
      received += chunk.length;
    }
    if (received < bytes) throw new Error(`the file ends after ${received} of ${bytes} bytes`);
    return { buffer: buffer.buffer, sha256: hash.digest('hex') };
  } finally {
    // What is left of a refused answer is not waited for.
    if (!response.bodyUsed) await response.body?.cancel();
  }
}

export function verify(file: { sha256: string }, sha256: string): void {
  if (file.sha256 !== sha256) throw new Error(`the file has the checksum ${file.sha256}`);
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};
