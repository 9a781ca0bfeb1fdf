import { lookUp } from './dictionary.ts';
import type { LookUp } from './dictionary.ts';
import { element, find } from './element.ts';
import { counted, headwordOf, renderEntry, renderUnknown } from './entry.ts';
import { showJourney, showNoAnswer } from './journey-view.ts';
import { remember } from './recent.ts';
import { wordOf } from './word-path.ts';

// Without a Retry-After: 2 s, then twice as long each time. After three tries only the reader asks again.
const firstRetryMs = 2000;
const automaticTries = 3;

const reasons = {
  offline: 'No connection: either you are offline, or Almanac cannot be reached.',
  refused: 'You have asked for more, in a short time, than one visitor may.',
  busy: 'The dictionary cannot answer at the moment.',
  late: 'The dictionary took too long to answer.',
  broken: 'Something went wrong while the dictionary answered.',
};

/** Looks up the word that the page’s address names and shows what came of it. */
export async function showWordPage(tries = 1): Promise<void> {
  const entry = find<HTMLElement>('#entry');
  const headword = find('h1', entry);
  const status = find('[role=status]', entry);
  const asked = wordOf(location.pathname);
  if (!asked) return location.replace('/');
  headword.textContent = asked;
  document.title = `${asked} · Almanac`;
  entry.ariaBusy = 'true';
  entry.dataset['state'] = 'waiting';
  // An answer within the same frame would push away what stands below, instead of coming with it.
  const [outcome] = await Promise.all([lookUp(asked), tries > 1 && drawn()]);
  entry.ariaBusy = 'false';
  entry.dataset['state'] = outcome.kind;
  // A new element: what was there before may stand elsewhere, under a headword of other length.
  const show = (...parts: Node[]) => find('.body', entry).replaceWith(element('div', { class: 'body' }, ...parts));
  if (outcome.journey) showJourney(outcome.journey, 'This answer');
  else showNoAnswer();
  if (outcome.kind === 'found') {
    headword.textContent = headwordOf(asked, outcome.entry);
    document.title = `${headword.textContent} · Almanac`;
    status.textContent = counted(outcome.entry.senses.length, 'meaning');
    show(...renderEntry(asked, outcome.entry, outcome.journey));
    void remember(headword.textContent);
    // The senses were not there yet when the browser looked for the fragment.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } else if (outcome.kind === 'unknown') {
    document.title = `No “${asked}” · Almanac`;
    document.head.append(element('meta', { name: 'robots', content: 'noindex' }));
    status.textContent = `Not found. ${counted(outcome.suggestions.length, 'suggestion')}`;
    show(...renderUnknown(outcome.suggestions));
  } else {
    status.textContent = reasons[outcome.reason];
    show(...renderUnavailable(outcome, tries));
  }
}

/** Until what has been changed is drawn; not in a tab that nobody sees, where nothing is. */
async function drawn(): Promise<void> {
  if (document.hidden) return;
  await new Promise(requestAnimationFrame);
  await new Promise((resolve) => setTimeout(resolve));
}

/** An apology with a button that asks again: not before the server wants to be asked, and by itself a few times. */
function renderUnavailable({ reason, retryAfterMs }: LookUp & { kind: 'unavailable' }, tries: number): Node[] {
  const button = element('button', { type: 'button', class: 'retry' }, 'Try again');
  const again = () => {
    clearInterval(timer);
    window.removeEventListener('online', again);
    button.textContent = 'Trying …';
    button.ariaDisabled = 'true';
    void showWordPage(tries + 1);
  };
  const automatic = tries <= automaticTries;
  let leftMs = retryAfterMs ?? (automatic ? firstRetryMs * 2 ** (tries - 1) : 0);
  const count = () => {
    const waiting = leftMs > 0;
    if (!waiting) clearInterval(timer);
    if (!waiting && automatic) return again();
    button.ariaDisabled = String(waiting);
    const seconds = Math.ceil(leftMs / 1000);
    button.textContent = !waiting ? 'Try again' : `${automatic ? 'Trying again' : 'You can try again'} in ${seconds} s`;
    leftMs -= 1000;
  };
  const timer = setInterval(count, 1000);
  count();
  button.addEventListener('click', () => button.ariaDisabled !== 'true' && again());
  if (reason === 'offline') window.addEventListener('online', again);
  return [element('p', { class: 'lead' }, reasons[reason]), element('p', {}, button)];
}
