import { element, find } from './element.ts';
import { noAnswer, stops, tell } from './journey-tale.ts';
import type { Stops } from './journey-tale.ts';
import type { Journey } from './journey.ts';

/** Draws the way of an answer into the page’s chain. @param what the subject of the sentence: `This answer` */
export function showJourney(journey: Journey, what: string): void {
  show(stops(journey), withNames(tell(journey, what), journey), journey.headers);
}

export function showNoAnswer(): void {
  show(noAnswer, ['It did not: no answer came back.'], []);
}

/** What the button beside the chain does: the same question once more, past the browser’s own cache. */
export function onAskAgain(ask: () => Promise<Journey | undefined>, what: string): void {
  const again = async () => {
    const journey = await ask();
    if (journey) showJourney(journey, what);
    else showNoAnswer();
  };
  find('.journey .again').addEventListener('click', () => void again());
}

function show(chain: Stops, tale: (Node | string)[], headers: Journey['headers']): void {
  const section = find<HTMLElement>('.journey');
  for (const [name, { part, name: label, did }] of Object.entries(chain)) {
    const stop = find<HTMLElement>(`[data-stop=${name}]`, section);
    stop.dataset['part'] = part;
    find('strong', stop).textContent = label;
    find('.did', stop).textContent = did;
  }
  find('.tale', section).replaceChildren(...tale);
  find<HTMLElement>('details', section).hidden = headers.length === 0;
  find('.headers', section).replaceChildren(
    ...headers.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
  section.dataset['state'] = 'told';
}

/** The sentence, with the names of machines as elements: they stand out and do not break at their hyphens. */
function withNames(sentence: string, { edge, cache, replica }: Journey): (Node | string)[] {
  const names = [edge, cache?.name, replica];
  return sentence.split(/( |(?=[.,:]))/).map((part) => (names.includes(part) ? element('b', {}, part) : part));
}
