// Letters that Unicode does not decompose into a base letter and a mark, as English spells them.
const plainLetters: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

// What most people ask for needs none of the work below.
const plainWord = /^[a-z]+(?: [a-z]+)*$/;

/**
 * The key of a word as people type it: compatibility forms, case, typographic apostrophes and dashes, underscores and
 * runs of blanks make no difference (`Ice_Cream` and `ICE  CREAM` are `ice cream`).
 */
export const fold = (word: string): string =>
  plainWord.test(word)
    ? word
    : word
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[’‘‛ʼ´`′]/g, "'")
        .replace(/[\u2010-\u2015\u2212]/g, '-')
        .replace(/[\s_]+/g, ' ')
        .trim();

/** A folded word in the letters of English: `café` is `cafe`, `encyclopædia` is `encyclopaedia`. */
export const withoutDiacritics = (key: string): string =>
  key
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[æœøßłđðþı]/g, (letter) => plainLetters[letter]!);

/** All keys under which a word may lie, the likeliest first: English is not of one mind about hyphens and full stops. */
export function* spellingsOf(word: string): Generator<string, void> {
  const key = fold(word);
  yield key;
  if (plainWord.test(key) && !key.includes(' ')) return;
  const plain = withoutDiacritics(key);
  const others = [
    plain,
    plain.replaceAll('-', ' '),
    plain.replaceAll(' ', '-'),
    plain.replace(/[ -]/g, ''),
    plain.replaceAll('.', ''),
  ];
  yield* new Set(others.filter((other) => other !== key));
}
