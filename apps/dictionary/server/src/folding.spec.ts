import { describe, expect, it } from '@jest/globals';
import { fold, spellingsOf } from './folding.ts';

describe(fold, () => {
  it.each([
    ['dog', 'dog'],
    ['DOG', 'dog'],
    ['  ice\t CREAM ', 'ice cream'],
    ['ice_cream', 'ice cream'],
    ['o’clock', "o'clock"],
    ['well‑known', 'well-known'],
    ['ﬁsh', 'fish'],
    ['Ｐａｒｉｓ', 'paris'],
    ['Über', 'über'],
    ['', ''],
  ])('%j is %j', (word, key) => expect(fold(word)).toBe(key));
});

describe(spellingsOf, () => {
  it('is one key for a plain word', () => expect([...spellingsOf('Dog')]).toEqual(['dog']));

  it.each([
    ['café', 'cafe'],
    ['naïve', 'naive'],
    ['Encyclopædia', 'encyclopaedia'],
    ['İstanbul', 'istanbul'],
    ['ice-cream', 'ice cream'],
    ['well known', 'well-known'],
    ['to-day', 'today'],
    ['ph.d', 'phd'],
  ])('%j may be %j', (word, key) => expect([...spellingsOf(word)]).toContain(key));
});
