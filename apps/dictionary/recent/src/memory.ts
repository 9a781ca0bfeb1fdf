import { hash } from 'node:crypto';
import { WORDS_MAX } from '@almanac/contracts-recent';

/** Twenty words of 64 ASCII characters; of longer ones in bytes fewer are kept. */
export const VISITOR_BYTES = 1536;
const SEPARATOR = '\n';

export interface MemoryOptions {
  visitorsMax: number;
  /** After how long without a call a visitor is forgotten. */
  idleMaxMs: number;
  /** Called for each visitor who is forgotten to make room. */
  onEviction?: () => void;
  nowMs?: () => number;
}

/**
 * The look-ups of a bounded number of visitors, each in a place of fixed size within one buffer: what a visitor costs is
 * known before anybody comes, and the collector has nothing to walk through.
 */
export class Memory {
  /** Where each visitor's place is, who was here longest ago first. By a digest: a dump of the heap shows no secret. */
  readonly #places = new Map<string, number>();
  readonly #text: Buffer;
  readonly #bytesUsed: Uint16Array;
  readonly #lastUsedMs: Float64Array;
  readonly #free: number[] = [];
  #untouched = 0;

  readonly #options: Required<MemoryOptions>;

  constructor(options: MemoryOptions) {
    this.#options = { onEviction: () => {}, nowMs: () => performance.now(), ...options };
    const { visitorsMax } = options;
    this.#text = Buffer.alloc(visitorsMax * VISITOR_BYTES); // Of which the system gives what has been written to.
    this.#bytesUsed = new Uint16Array(visitorsMax);
    this.#lastUsedMs = new Float64Array(visitorsMax);
  }

  get visitors(): number {
    this.forgetIdle();
    return this.#places.size;
  }

  /** @returns nothing of who is not known */
  recall(secret: string): string[] | undefined {
    const place = this.#use(digestOf(secret));
    return place === undefined ? undefined : this.#read(place);
  }

  remember(secret: string, word: string): string[] {
    const digest = digestOf(secret);
    const place = this.#use(digest) ?? this.#take(digest);
    const folded = word.toLowerCase();
    const words = [word, ...this.#read(place).filter((other) => other.toLowerCase() !== folded)].slice(0, WORDS_MAX);
    while (Buffer.byteLength(words.join(SEPARATOR)) > VISITOR_BYTES) words.pop();
    this.#bytesUsed[place] = this.#text.write(words.join(SEPARATOR), place * VISITOR_BYTES);
    return words;
  }

  forget(secret: string): void {
    this.#leave(digestOf(secret));
  }

  forgetIdle(): void {
    const sinceMs = this.#options.nowMs() - this.#options.idleMaxMs;
    for (const [digest, place] of this.#places) {
      if (this.#lastUsedMs[place]! > sinceMs) return;
      this.#leave(digest);
    }
  }

  #use(digest: string): number | undefined {
    this.forgetIdle();
    const place = this.#places.get(digest);
    if (place !== undefined) this.#hold(digest, place);
    return place;
  }

  #take(digest: string): number {
    if (this.#places.size >= this.#options.visitorsMax) {
      const [longestAgo] = this.#places.keys();
      this.#leave(longestAgo!);
      this.#options.onEviction();
    }
    const place = this.#free.pop() ?? this.#untouched++;
    this.#hold(digest, place);
    return place;
  }

  #hold(digest: string, place: number): void {
    this.#places.delete(digest);
    this.#places.set(digest, place);
    this.#lastUsedMs[place] = this.#options.nowMs();
  }

  #leave(digest: string): void {
    const place = this.#places.get(digest);
    if (place === undefined) return;
    this.#places.delete(digest);
    this.#text.fill(0, place * VISITOR_BYTES, (place + 1) * VISITOR_BYTES);
    this.#bytesUsed[place] = 0;
    this.#free.push(place);
  }

  #read(place: number): string[] {
    const start = place * VISITOR_BYTES;
    const text = this.#text.toString('utf8', start, start + this.#bytesUsed[place]!);
    return text === '' ? [] : text.split(SEPARATOR);
  }
}

const digestOf = (secret: string): string => hash('sha256', secret, 'base64url');
