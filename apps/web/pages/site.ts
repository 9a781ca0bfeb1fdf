// What every page runs. There is one script for all of them: it is small, and a visitor's second page has it already.
import { askForThisPage } from './dictionary.ts';
import { showJourney, showNoAnswer } from './journey-view.ts';
import { SearchBox } from './search-box.ts';
import { showWordPage } from './word-page.ts';

for (const form of document.querySelectorAll<HTMLFormElement>('form.search')) new SearchBox(form);

if (document.querySelector('#entry')) {
  await showWordPage();
} else {
  const journey = await askForThisPage();
  if (journey) showJourney(journey, 'This page');
  else showNoAnswer();
}

// On paper everything is shown.
window.addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.more')) details.open = true;
});
