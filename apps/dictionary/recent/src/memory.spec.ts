import { beforeEach, describe, expect, it } from '@jest/globals';
import { WORD_CHARACTERS_MAX, WORDS_MAX } from '@almanac/contracts-recent';
import fc from 'fast-check';
import { Memory, VISITOR_BYTES } from './memory.ts';

describe(Memory, () => {
  let nowMs: number;
  let evicted: number;
  const memoryOf = (visitorsMax: number) =>
    new Memory({ visitorsMax, idleMaxMs: 1000, onEviction: () => evicted++, nowMs: () => nowMs });
  beforeEach(() => {
    nowMs = evicted = 0;
  });

  it('has the newest first, each once whatever its case', () => {
    const memory = memoryOf(2);
    for (const word of ['polish', 'dog', 'ice cream', 'Polish']) memory.remember('a', word);
    expect(memory.recall('a')).toEqual(['Polish', 'ice cream', 'dog']);
  });

  it('has a list of its own for each, and none for who is not known', () => {
    const memory = memoryOf(3);
    memory.remember('a', 'dog');
    memory.remember('b', 'cat');
    expect([memory.recall('a'), memory.recall('b'), memory.recall('c')]).toEqual([['dog'], ['cat'], undefined]);
    expect(memory.visitors).toBe(2);
  });

  it('has room for as many ASCII words as a list may have, however long', () => {
    const memory = memoryOf(1);
    const words = Array.from({ length: WORDS_MAX + 3 }, (_, n) => String(n).padStart(WORD_CHARACTERS_MAX, 'x'));
    for (const word of words) memory.remember('a', word);
    expect(memory.recall('a')).toEqual(words.reverse().slice(0, WORDS_MAX));
  });

  it('forgets the oldest words of who writes longer ones, and nothing of anybody else', () => {
    const memory = memoryOf(2);
    memory.remember('b', 'neighbour');
    for (let n = 0; n < WORDS_MAX; n++) memory.remember('a', String(n).padStart(WORD_CHARACTERS_MAX, '日'));
    const words = memory.recall('a')!;
    expect(words[0]).toMatch(/日19$/);
    expect(words.length).toBeLessThan(WORDS_MAX);
    expect(Buffer.byteLength(words.join('\n'))).toBeLessThanOrEqual(VISITOR_BYTES);
    expect(memory.recall('b')).toEqual(['neighbour']);
  });

  it('forgets who has not been here for longest when it is full, and counts it', () => {
    const memory = memoryOf(2);
    memory.remember('a', 'dog');
    memory.remember('b', 'cat');
    memory.recall('a');
    memory.remember('c', 'cow');
    expect([memory.recall('a'), memory.recall('b'), memory.recall('c')]).toEqual([['dog'], undefined, ['cow']]);
    expect([memory.visitors, evicted]).toEqual([2, 1]);
  });

  it('forgets who has been away for too long, and not who came back in time', () => {
    const memory = memoryOf(3);
    memory.remember('a', 'dog');
    memory.remember('b', 'cat');
    nowMs = 999;
    memory.recall('a');
    nowMs = 1000;
    expect([memory.visitors, memory.recall('a'), memory.recall('b')]).toEqual([1, ['dog'], undefined]);
    expect(evicted).toBe(0);
  });

  it('forgets whoever asks for it', () => {
    const memory = memoryOf(3);
    memory.remember('a', 'dog');
    memory.forget('a');
    memory.forget('b');
    expect([memory.visitors, memory.recall('a')]).toEqual([0, undefined]);
  });

  it('gives the place of who was forgotten to another without a word of theirs', () => {
    const memory = memoryOf(1);
    memory.remember('a', 'a'.repeat(64));
    expect(memory.remember('b', 'b')).toEqual(['b']);
    expect(memory.recall('b')).toEqual(['b']);
  });

  it('does what lists of one visitor each would do, whatever is asked in whatever order', () => {
    const visitor = fc.constantFrom('a', 'b', 'c');
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    const step = fc.oneof(
      fc.record({ visitor, word }),
      fc.record({ visitor, word: fc.constant(undefined) }), // Forgets.
    );
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = memoryOf(3);
      const model = new Map<string, string[]>();
      for (const { visitor, word } of steps) {
        if (word === undefined) {
          memory.forget(visitor);
          model.delete(visitor);
        } else {
          const others = (model.get(visitor) ?? []).filter((other) => other.toLowerCase() !== word.toLowerCase());
          model.set(visitor, [word, ...others].slice(0, WORDS_MAX));
          expect(memory.remember(visitor, word)).toEqual(model.get(visitor));
        }
        for (const name of ['a', 'b', 'c']) expect(memory.recall(name)).toEqual(model.get(name));
      }
    });
    fc.assert(property);
  });
});
