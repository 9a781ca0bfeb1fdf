import type { Word } from '@almanac/contracts-dictionary';
import { element } from './element.ts';
import { ago } from './journey-tale.ts';
import type { Journey } from './journey.ts';
import { wordPath } from './word-path.ts';

type Sense = Word['senses'][number];
type SpelledSense = Sense & { spelling: string };

// A word such as “break” has 75 meanings; the most used come first, and the rest on demand.
const sensesAtOnce = 6;

/** `1 meaning`, `2 meanings` */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

const link = (word: string) => element('a', { href: wordPath(word) }, word);

/** Words as links, in a sentence: `dog, hound and cur`. */
function linked(words: string[]): (Node | string)[] {
  return words.flatMap((word, index) => {
    if (index === 0) return [link(word)];
    return [index === words.length - 1 ? ' and ' : ', ', link(word)];
  });
}

// Finds no difference between spellings of one word: “éclair”, “œuvre” and “ice-cream” are no forms of anything.
const spellings = new Intl.Collator('en', { sensitivity: 'base', ignorePunctuation: true });

// Tells capitals apart, which may be all that a republic and a bird differ in.
const capitals = new Intl.Collator('en', { sensitivity: 'case', ignorePunctuation: true });

/** The headword of an entry: as it was asked for where it is written so in any meaning, else as the word is. */
export const headwordOf = (asked: string, { word, senses }: Word): string =>
  [word, ...senses.map(({ spelling }) => spelling ?? word)].find((one) => capitals.compare(one, asked) === 0) ?? word;

/** The parts below the headword of an entry that was found. */
export function renderEntry(asked: string, entry: Word, journey: Journey): Node[] {
  const { word, senses, baseForms } = entry;
  const parts: Node[] = [];
  if (journey.cache?.outcome === 'stale') {
    parts.push(
      element(
        'p',
        { class: 'note stale' },
        `A saved copy, made ${ago(journey.ageSeconds)}: a fresh one was not at hand.`,
      ),
    );
  }
  if (spellings.compare(asked, word) !== 0) {
    // Without the word itself, they are what the word is a form of, not what was asked for.
    const forms = baseForms?.includes(word) ? baseForms : [word];
    parts.push(element('p', { class: 'note' }, element('i', {}, asked), ' is a form of ', ...linked(forms), '.'));
  } else if (baseForms) {
    // “Am” is americium, what is a form of “be” is “am”; but “Fijis” is one of “Fiji”.
    const form = baseForms.every((base) => base === base.toLowerCase()) ? word.toLowerCase() : word;
    parts.push(
      element('p', { class: 'note' }, element('i', {}, form), ' is also a form of ', ...linked(baseForms), '.'),
    );
  }
  const spelled = senses.map((sense) => ({ ...sense, spelling: sense.spelling ?? word }));
  const byPart = Map.groupBy(spelled, (sense) => sense.partOfSpeech);
  if (byPart.size > 1) {
    const jumps = [...byPart].map(([part, { length }]) =>
      element('li', {}, element('a', { href: `#${part}` }, part, ' ', element('span', {}, String(length)))),
    );
    parts.push(element('nav', { class: 'parts', 'aria-label': 'Parts of speech' }, element('ul', {}, ...jumps)));
  }
  const headword = headwordOf(asked, entry);
  for (const [part, list] of byPart) parts.push(renderPart(part, list, headword));
  return parts;
}

/** What is not written as the headword says how it is: each meaning, or their heading where all are written so. */
function renderPart(part: string, senses: SpelledSense[], headword: string): HTMLElement {
  const heading = element('h2', { id: part, tabindex: '-1' }, part);
  const [spelling, another] = new Set(senses.map((sense) => sense.spelling));
  if (!another && spelling && spelling !== headword) heading.append(' ', element('b', {}, spelling));
  const render = (sense: SpelledSense) =>
    renderSense(sense, another && sense.spelling !== headword ? sense.spelling : undefined);
  const section = element(
    'section',
    { 'aria-labelledby': part, class: 'part' },
    heading,
    element('ol', {}, ...senses.slice(0, sensesAtOnce).map(render)),
  );
  const rest = senses.slice(sensesAtOnce);
  if (rest.length > 0) {
    section.append(
      element(
        'details',
        { class: 'more' },
        element('summary', {}, counted(rest.length, 'more meaning')),
        element('ol', { start: String(sensesAtOnce + 1) }, ...rest.map(render)),
      ),
    );
  }
  return section;
}

function renderSense({ definition, examples, synonyms }: Sense, spelling: string | undefined): HTMLElement {
  const text = element('p', { class: 'definition' }, definition);
  if (spelling) text.prepend(element('b', {}, spelling), ' ');
  const item = element('li', {}, text);
  for (const example of examples) item.append(element('p', { class: 'example' }, `“${example}”`));
  if (synonyms.length > 0) {
    item.append(
      element(
        'p',
        { class: 'synonyms' },
        element('span', {}, 'also '),
        ...synonyms.flatMap((word, at) => (at ? [', ', link(word)] : [link(word)])),
      ),
    );
  }
  return item;
}

/** What is shown for a word that the dictionary does not have. */
export function renderUnknown(suggestions: string[]): Node[] {
  if (suggestions.length === 0) {
    return [
      element('p', { class: 'lead' }, 'The dictionary does not have this word, nor one that is spelled like it.'),
    ];
  }
  return [
    element('p', { class: 'lead' }, 'The dictionary does not have this word. Did you mean one of these?'),
    element('ul', { class: 'suggestions' }, ...suggestions.map((word) => element('li', {}, link(word)))),
  ];
}
