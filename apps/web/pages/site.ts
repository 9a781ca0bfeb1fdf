// What every page runs. There is one script for all of them: it is small, and a visitor's second page has it already.
import { askForThisPage, lookUp } from './dictionary.ts';
import { onAskAgain, showJourney, showNoAnswer } from './journey-view.ts';
import { onClear, showRecent } from './recent.ts';
import { SearchBox } from './search-box.ts';
import { showWordPage } from './word-page.ts';
import { wordOf } from './word-path.ts';

for (const form of document.querySelectorAll<HTMLFormElement>('form.search')) new SearchBox(form);

// Whoever comes to the first page comes to look something up. Not by touch: a keyboard would cover the page.
if (matchMedia('(hover: hover) and (pointer: fine)').matches)
  document.querySelector<HTMLElement>('.hero input')?.focus();

// On paper everything is shown.
window.addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.more')) details.open = true;
});

const recent = document.querySelector<HTMLElement>('.recent');
if (recent) {
  onClear(recent);
  void showRecent(recent);
  // Back from a word, to the page as it was left.
  window.addEventListener('pageshow', ({ persisted }) => persisted && void showRecent(recent));
}

if (document.querySelector('#entry')) {
  onAskAgain(async () => (await lookUp(wordOf(location.pathname), 'no-cache')).journey, 'This answer');
  await showWordPage();
} else {
  onAskAgain(askForThisPage, 'This page');
  const journey = await askForThisPage();
  if (journey) showJourney(journey, 'This page');
  else showNoAnswer();
}
