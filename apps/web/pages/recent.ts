import type { LookUp, RecentLookUps } from '@almanac/contracts-recent';
import { element, find } from './element.ts';
import { wordPath } from './word-path.ts';

// As long as the edge waits for it. Whatever goes wrong, the pages do without.
const timeoutMs = 3000;

async function ask(method: 'GET' | 'POST' | 'DELETE', lookUp?: LookUp): Promise<Response | undefined> {
  try {
    const answer = await fetch('/api/dictionary/recent', {
      method,
      cache: 'no-store',
      keepalive: method === 'POST', // The reader may go on before it has arrived.
      signal: AbortSignal.timeout(timeoutMs),
      ...(lookUp && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(lookUp) }),
    });
    return answer.ok ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** Adds a word that was found to the visitor's recent look-ups. */
export const remember = async (word: string): Promise<void> => void (await ask('POST', { word }));

/** Shows the visitor's recent look-ups, where there are any, in the place that the page keeps free for them. */
export async function showRecent(place: HTMLElement): Promise<void> {
  const answer = await ask('GET');
  const list = (await answer?.json().catch(() => undefined)) as RecentLookUps | undefined;
  if (!list || list.words.length === 0) return void delete place.dataset['state'];
  const links = list.words.map((word) => element('li', {}, element('a', { href: wordPath(word) }, word)));
  find('ul', place).replaceChildren(...links);
  const replica = answer!.headers.get('X-Served-By') ?? 'One replica';
  find('.keeper', place).textContent = `${replica} remembers them, in its memory and for you alone, until it ends.`;
  place.dataset['state'] = 'told';
}

/** Its button forgets all, also on the server. */
export function onClear(place: HTMLElement): void {
  const button = find<HTMLButtonElement>('button', place);
  const clear = async () => {
    button.disabled = true;
    const isDone = await ask('DELETE');
    button.disabled = false;
    find('[role=status]', place.parentElement!).textContent = isDone ? 'Your recent look-ups are forgotten.' : '';
    if (!isDone) {
      find('.keeper', place).textContent = 'They could not be cleared just now. Try again in a moment.';
      return button.focus();
    }
    delete place.dataset['state'];
    find<HTMLElement>('.hero input').focus();
  };
  button.addEventListener('click', () => void clear());
}
