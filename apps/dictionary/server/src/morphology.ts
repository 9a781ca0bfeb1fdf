/** Bits of `grammar`. */
export const parts = { noun: 1, verb: 2, adjective: 4, adverb: 8 } as const;

/** What morphology asks of a lexicon. */
export interface Lexicon {
  readonly sections: { readonly grammar: Uint8Array };
  find(key: string): number;
  irregular(form: string): [part: number, word: number][];
  key(word: number): string;
}

// WordNet's rules of detachment (its morphy(7)), by part of speech: a form's ending and the base's.
const endings: [part: number, form: string, base: string][] = [
  [parts.noun, 's', ''],
  [parts.noun, 'ses', 's'],
  [parts.noun, 'xes', 'x'],
  [parts.noun, 'zes', 'z'],
  [parts.noun, 'ches', 'ch'],
  [parts.noun, 'shes', 'sh'],
  [parts.noun, 'men', 'man'],
  [parts.noun, 'ies', 'y'],
  [parts.verb, 's', ''],
  [parts.verb, 'ies', 'y'],
  [parts.verb, 'es', 'e'],
  [parts.verb, 'es', ''],
  [parts.verb, 'ed', 'e'],
  [parts.verb, 'ed', ''],
  [parts.verb, 'ing', 'e'],
  [parts.verb, 'ing', ''],
  [parts.adjective, 'er', ''],
  [parts.adjective, 'est', ''],
  [parts.adjective, 'er', 'e'],
  [parts.adjective, 'est', 'e'],
];

/** Longer phrases than any that English inflects are not taken apart. */
const partsOfPhrase = 8;

/** The words that a folded form is an inflected form of, as their numbers: `leaves` is of leaf and of leave. */
export function basesOf(form: string, lexicon: Lexicon): number[] {
  const bases = new Set<number>();
  const known = (part: number, key: string) => {
    const word = lexicon.find(key);
    if (word !== -1 && lexicon.sections.grammar[word]! & part) bases.add(word);
  };
  for (const [part, key] of candidates(form, lexicon)) known(part, key);
  // A phrase is inflected at one of its words: "attorneys general", "took off", "mothers-in-law".
  const pieces = form.split(/([ -])/);
  if (pieces.length > 1 && pieces.length < 2 * partsOfPhrase) {
    for (let at = 0; at < pieces.length - 1; at += 2) {
      for (const [part, key] of candidates(pieces[at]!, lexicon)) known(part, pieces.with(at, key).join(''));
    }
  }
  bases.delete(lexicon.find(form));
  return [...bases];
}

/** Irregular forms are complete: where a part of speech has one, its rules are not tried ("mice" is no plural of "mouse" + s). */
function* candidates(form: string, lexicon: Lexicon): Generator<[part: number, key: string], void> {
  let irregular = 0;
  for (const [part, word] of lexicon.irregular(form)) {
    irregular |= part;
    yield [part, lexicon.key(word)];
  }
  for (const [part, formEnding, baseEnding] of endings) {
    if (part & irregular || !form.endsWith(formEnding) || form.length === formEnding.length) continue;
    // "glass" is no plural of "glas", nor "boss" of "bos".
    if (formEnding === 's' && form.endsWith('ss')) continue;
    const base = form.slice(0, -formEnding.length) + baseEnding;
    // Each letter is a noun, and nearly any two are some abbreviation: "us" is not the plural of "u", nor "was" of "WA".
    if (base.length < (irregular ? 3 : 2)) continue;
    yield [part, base];
  }
}
