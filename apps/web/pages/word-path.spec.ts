import { describe, expect, it } from '@jest/globals';
import { wordOf, wordPath } from './word-path.ts';

describe(wordPath.name, () => {
  it.each(['dog', 'ice cream', 'AC/DC', 'naïve', '100%', 'what?', '#', '日本', "fo'c'sle"])(
    'leads back to %s',
    (word) => {
      expect(wordOf(wordPath(word))).toBe(word);
      expect(new URL(wordPath(word), 'https://almanac.test').pathname).toBe(wordPath(word));
    },
  );

  it('never throws on half a surrogate pair', () => {
    expect(wordPath('a\ud800')).toBe('/words/a%EF%BF%BD');
  });

  it('cannot lead to another host or page', () => {
    expect(wordPath('//evil.test/')).toBe('/words/%2F%2Fevil.test%2F');
    expect(wordPath('../about')).toBe('/words/..%2Fabout');
  });
});

describe(wordOf.name, () => {
  it('shows a broken encoding as it stands', () => {
    expect(wordOf('/words/100%')).toBe('100%');
  });
});
