import { beforeAll, describe, expect, it } from '@jest/globals';
import { examples, Word } from '@almanac/contracts-dictionary';
import { Dictionary } from './dictionary.ts';
import { fold } from './folding.ts';
import { realWords } from './testing/real-words.ts';

describe(Dictionary, () => {
  const dictionary = new Dictionary();
  beforeAll(() => dictionary.use(realWords(), 'a'.repeat(64)));

  const lookUp = (asked: string) => {
    const found = dictionary.lookUp(asked);
    return found && { ...found, ...Word.parse(JSON.parse(found.body)) };
  };

  it('makes the example messages of its contract', () => {
    expect(JSON.parse(dictionary.lookUp('icecream')!.body)).toEqual(examples.word);
    expect(JSON.parse(dictionary.lookUp('faster')!.body)).toEqual(examples.wordThatIsAFormToo);
    expect(JSON.parse(dictionary.lookUp('Mecca')!.body)).toEqual(examples.wordOfTwoSpellings);
    expect(dictionary.suggest('definately')).toEqual(examples.wordNotFound.suggestions);
    expect(dictionary.complete('dog', 3).words).toEqual(examples.completion.words);
  });

  it('knows more than 147,000 words, each by its own spelling', () => {
    const words = realWords();
    expect(dictionary.size).toBeGreaterThan(147_000);
    for (let word = 0; word < words.count; word += 37) {
      expect(dictionary.lookUp(words.spelling(word))?.insteadOf).toBeUndefined();
      Word.parse(JSON.parse(dictionary.lookUp(words.spelling(word))!.body));
    }
  });

  it.each([
    ['dog', 'dog', undefined],
    ['DOG', 'dog', 'dog'],
    [' dog ', 'dog', 'dog'],
    ['dogs', 'dog', 'dog'],
    ['Geese', 'goose', 'goose'],
    ['ran', 'run', 'run'],
    ['paris', 'Paris', 'Paris'],
    ['dna', 'DNA', 'DNA'],
    ['Ice_Cream', 'ice cream', 'ice cream'],
    ['ice-cream', 'ice cream', 'ice cream'],
    ['ice   creams', 'ice cream', 'ice cream'],
    ['café', 'cafe', 'cafe'],
    ['naïve', 'naive', 'naive'],
    ['o’clock', "o'clock", "o'clock"],
    ['took off', 'take off', 'take off'],
    ['24/7', '24/7', undefined],
    ['constructor', 'constructor', undefined],
  ])('answers %j with %j', (asked, word, insteadOf) => {
    expect(lookUp(asked)).toMatchObject({ word });
    expect(lookUp(asked)!.insteadOf).toBe(insteadOf);
    expect(lookUp(asked)!.baseForms).toBeUndefined();
  });

  it('names the other words that a word is a form of', () => {
    expect(lookUp('saw')).toMatchObject({ word: 'saw', baseForms: ['see'] });
    expect(lookUp('better')).toMatchObject({ word: 'better', baseForms: ['good', 'well'] });
  });

  it('names all words of a form that is of several, and answers with the most used', () => {
    const found = lookUp('leaves')!;
    expect(found).toMatchObject({ word: 'leave', baseForms: ['leave', 'leaf'] });
    expect(found.insteadOf).toBeUndefined();
    expect(found.etag).not.toBe(lookUp('leave')!.etag);
  });

  it('gives the same bytes the same tag in whatever form they were asked for', () => {
    expect(lookUp('dogs')).toMatchObject({ etag: lookUp('dog')!.etag, body: lookUp('dog')!.body });
  });

  it('gives other tags when the words change', () => {
    const other = new Dictionary();
    other.use(realWords(), 'b'.repeat(64));
    expect(other.lookUp('dog')!.etag).not.toBe(lookUp('dog')!.etag);
  });

  it('puts the most used part of speech first', () => {
    expect(lookUp('dog')!.senses[0]).toMatchObject({
      partOfSpeech: 'noun',
      synonyms: ['domestic dog', 'Canis familiaris'],
    });
    expect(lookUp('run')!.senses[0]).toMatchObject({ partOfSpeech: 'verb' });
  });

  it.each([
    ['turkey', 'turkey', /Eurasian republic/, 'Turkey'],
    ['Turkey', 'turkey', /large gallinaceous bird/, undefined],
    ['POLISH', 'polish', /language of Poland/, 'Polish'],
    ['may', 'may', /month following April/, 'May'],
    ['March', 'march', /walk fast/, undefined],
    ['march', 'march', /study of architecture/, 'MArch'],
    ['earth', 'earth', /3rd planet/, 'Earth'],
    ['sun', 'sun', /the star that/, undefined],
    ['am', 'Am', /amplitude|modulation/, 'AM'],
    ['a.m.', 'a.m.', /before noon/, undefined],
    ['U.S.', 'U.S.', /North American republic/, undefined],
    ['us', 'US', /North American republic/, undefined],
    ['paris', 'Paris', /capital and largest city of France/, undefined],
  ])('tells of %j, the page of %j, that as %s it is written %j', (asked, word, meaning, spelling) => {
    const entry = lookUp(asked)!;
    const sense = entry.senses.find(({ definition }) => meaning.test(definition))!;
    expect([entry.word, sense.spelling]).toEqual([word, spelling]);
  });

  it('names a spelling only where it is another one of the same word', () => {
    const words = realWords();
    let spelled = 0;
    for (let number = 0; number < words.count; number++) {
      const body = words.answer(number);
      if (!body.includes('"spelling":')) continue;
      const { word, senses } = Word.parse(JSON.parse(body));
      for (const { spelling } of senses) {
        if (spelling === undefined) continue;
        spelled++;
        expect(fold(spelling)).toBe(words.key(number));
        expect(spelling).not.toBe(word);
      }
    }
    expect(spelled).toBeGreaterThan(1900);
  });

  it('finds nothing for what is no word', () => {
    for (const asked of ['', ' ', 'xqzzt', '🐕', '..', '%', '\0', '__', 'a'.repeat(10_000)]) {
      expect(dictionary.lookUp(asked)).toBeUndefined();
    }
  });

  it('completes with the word itself first, then the most used', () => {
    expect(dictionary.complete('go', 3).words[0]).toBe('go');
    expect(dictionary.complete('wat', 2).words).toEqual(['watch', 'water']);
    expect(dictionary.complete('PARI', 50).words).toContain('Paris');
    expect(dictionary.complete('ice ', 50).words).toContain('ice cream');
    expect(dictionary.complete('naï', 50).words).toContain('naive');
    expect(dictionary.complete('xqz', 10).words).toEqual([]);
  });

  it.each(['pol', 'Pol', 'POL', 'polish', 'Polish'])(
    'completes %j with “polish” once, as its word is written',
    (prefix) => {
      expect(dictionary.complete(prefix, 50).words.filter((word) => fold(word) === 'polish')).toEqual(['polish']);
    },
  );

  it('completes as sorting all of the words would', () => {
    const words = realWords();
    const { frequencies } = words.sections;
    const all = Array.from({ length: words.count }, (_, word) => word);
    for (const prefix of ['s', 'th', 'be', 'z', 'ice']) {
      const expected = all
        .map((word) => ({ word, key: words.key(word) }))
        .filter(({ key }) => key.startsWith(prefix))
        .sort(
          (a, b) =>
            Number(b.key === prefix) - Number(a.key === prefix) ||
            frequencies[b.word]! - frequencies[a.word]! ||
            a.key.length - b.key.length ||
            a.word - b.word,
        )
        .slice(0, 50)
        .map(({ word }) => words.spelling(word));
      expect(dictionary.complete(prefix, 50).words).toEqual(expected);
    }
  });
});
