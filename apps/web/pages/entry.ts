import type { Word } from '@almanac/contracts-dictionary';
import { element } from './element.ts';
import { ago } from './journey-tale.ts';
import type { Journey } from './journey.ts';
import { wordPath } from './word-path.ts';

type Sense = Word['senses'][number];

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

/** The parts below the headword of an entry that was found. */
export function renderEntry(asked: string, { word, senses, baseForms }: Word, journey: Journey): Node[] {
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
    parts.push(
      element('p', { class: 'note' }, element('i', {}, word), ' is also a form of ', ...linked(baseForms), '.'),
    );
  }
  const byPart = Map.groupBy(senses, (sense) => sense.partOfSpeech);
  if (byPart.size > 1) {
    const jumps = [...byPart].map(([part, { length }]) =>
      element('li', {}, element('a', { href: `#${part}` }, part, ' ', element('span', {}, String(length)))),
    );
    parts.push(element('nav', { class: 'parts', 'aria-label': 'Parts of speech' }, element('ul', {}, ...jumps)));
  }
  for (const [part, list] of byPart) parts.push(renderPart(part, list));
  return parts;
}

function renderPart(part: string, senses: Sense[]): HTMLElement {
  const section = element(
    'section',
    { 'aria-labelledby': part, class: 'part' },
    element('h2', { id: part, tabindex: '-1' }, part),
    element('ol', {}, ...senses.slice(0, sensesAtOnce).map(renderSense)),
  );
  const rest = senses.slice(sensesAtOnce);
  if (rest.length > 0) {
    section.append(
      element(
        'details',
        { class: 'more' },
        element('summary', {}, counted(rest.length, 'more meaning')),
        element('ol', { start: String(sensesAtOnce + 1) }, ...rest.map(renderSense)),
      ),
    );
  }
  return section;
}

function renderSense({ definition, examples, synonyms }: Sense): HTMLElement {
  const item = element('li', {}, element('p', { class: 'definition' }, definition));
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
