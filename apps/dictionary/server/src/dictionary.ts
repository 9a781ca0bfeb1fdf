import { Injectable } from '@nestjs/common';
import { fold, spellingsOf, withoutDiacritics } from './folding.ts';
import { basesOf } from './morphology.ts';
import { NearSpellings } from './near-spellings.ts';
import type { WordsFile } from './words-file.ts';
import { isAlsoInflected } from './words-layout.ts';

/** Counts up with every change of an answer's form, so that no cache takes an old form for the new one. */
const answerFormat = 1;
const suggestionsAtMost = 5;
const none: number[] = [];

/** What was found: the JSON to send and what the protocol says of them. */
export interface Found {
  body: string;
  etag: string;
  /** The word whose own answer this is, where it was asked for in another form or spelling. */
  insteadOf?: string;
}

/** Looks words up in the words file; answers nothing before it has one. */
@Injectable()
export class Dictionary {
  #loaded: { words: WordsFile; near: NearSpellings; bases: Map<number, number[]>; version: string } | undefined;

  use(words: WordsFile, sha256: string): void {
    const version = `${sha256.slice(0, 16)}-${answerFormat}`;
    this.#loaded = { words, near: new NearSpellings(words), bases: new Map(), version };
  }

  get loaded(): boolean {
    return this.#loaded !== undefined;
  }

  get size(): number {
    return this.#loaded?.words.count ?? 0;
  }

  lookUp(asked: string): Found | undefined {
    const { words } = this.#words;
    // Nearly all are found so, and making the generator takes longer than this.
    const asIs = words.find(fold(asked));
    if (asIs !== -1) return this.#ownAnswer(asIs, asked);
    for (const key of spellingsOf(asked)) {
      const word = words.find(key);
      if (word !== -1) return this.#ownAnswer(word, asked);
    }
    for (const key of spellingsOf(asked)) {
      const bases = this.#mostUsedFirst(basesOf(key, words));
      if (bases.length === 1) return this.#ownAnswer(bases[0]!, asked);
      if (bases.length > 1) return this.#answer(bases[0]!, bases);
    }
    return undefined;
  }

  /**
   * At most `limit` words that start with `prefix`: the word itself, then the most used, of equals the shorter. Each is
   * there once, as the page that it leads to is one, however its meanings are spelled and the prefix was.
   */
  complete(prefix: string, limit: number): { words: string[]; etag: string } {
    const { words, version } = this.#words;
    const { frequencies, keyOffsets } = words.sections;
    // A blank at the end says that the first word of a phrase is complete.
    let key = fold(prefix) + (/[\s_]$/.test(prefix) ? ' ' : '');
    let [from, to] = words.withPrefix(key);
    if (from === to) [from, to] = words.withPrefix((key = withoutDiacritics(key)));
    const length = (word: number) => keyOffsets[word + 1]! - keyOffsets[word]!;
    const first = from < to && words.key(from) === key ? from : -1;
    const before = (a: number, b: number) =>
      b !== first &&
      (a === first ||
        frequencies[a]! > frequencies[b]! ||
        (frequencies[a] === frequencies[b] && length(a) < length(b)));
    // One letter has up to 16,000 words: a pass that keeps the best few, no sorting.
    const best: number[] = [];
    for (let word = from; word < to; word++) {
      if (best.length === limit && !before(word, best[limit - 1]!)) continue;
      let place = Math.min(best.length, limit - 1);
      while (place > 0 && before(word, best[place - 1]!)) best[place] = best[--place]!;
      best[place] = word;
    }
    return {
      words: best.map((word) => words.spelling(word)),
      etag: `"${version}-${from}.${to}.${limit}"`,
    };
  }

  /** Words whose spelling is near to one that was not found. */
  suggest(asked: string): string[] {
    const { near, words } = this.#words;
    return near.near(withoutDiacritics(fold(asked)), suggestionsAtMost).map((word) => words.spelling(word));
  }

  get #words() {
    if (!this.#loaded) throw new Error('The dictionary was asked before it had its words.');
    return this.#loaded;
  }

  #ownAnswer(word: number, asked: string): Found {
    const found = this.#answer(word, this.#basesOfWord(word));
    const shown = this.#words.words.spelling(word);
    if (shown !== asked) found.insteadOf = shown;
    return found;
  }

  #answer(word: number, bases: number[]): Found {
    const { words, version } = this.#words;
    const body = words.answer(word);
    if (bases.length === 0) return { body, etag: `"${version}-${word}"` };
    const forms = JSON.stringify(bases.map((base) => words.spelling(base)));
    return {
      body: `${body.slice(0, -words.end.length)},"baseForms":${forms}${words.end}`,
      etag: `"${version}-${word}.${bases.join('.')}"`,
    };
  }

  /** Few words are forms of others too, and what they are forms of takes long to find out. */
  #basesOfWord(word: number): number[] {
    const { words, bases } = this.#words;
    if (!(words.sections.grammar[word]! & isAlsoInflected)) return none;
    let found = bases.get(word);
    if (!found) bases.set(word, (found = this.#mostUsedFirst(basesOf(words.key(word), words))));
    return found;
  }

  #mostUsedFirst(found: number[]): number[] {
    const { frequencies } = this.#words.words.sections;
    return found.sort((a, b) => frequencies[b]! - frequencies[a]! || a - b);
  }
}
