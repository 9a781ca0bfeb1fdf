import { complete } from './dictionary.ts';
import { element, find } from './element.ts';
import { counted } from './entry.ts';
import { showJourney } from './journey-view.ts';
import { wordPath } from './word-path.ts';

const debounceMs = 120;

/**
 * A look-up box that completes: the editable combobox with a list box of the ARIA Authoring Practices. Focus stays in
 * the input; `aria-activedescendant` names the option that the arrow keys chose.
 */
export class SearchBox {
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #status: HTMLElement;
  #active = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = new AbortController();

  constructor(form: HTMLFormElement) {
    this.#input = find('input', form);
    this.#list = find('[role=listbox]', form);
    this.#status = find('[role=status]', form);
    // Set here and not in the HTML: without this code the input is a plain search field, and should say so.
    for (const [name, value] of Object.entries({
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-controls': this.#list.id,
      'aria-expanded': 'false',
    })) {
      this.#input.setAttribute(name, value);
    }
    this.#input.addEventListener('input', () => this.#askSoon());
    this.#input.addEventListener('keydown', (event) => this.#onKey(event));
    this.#input.addEventListener('blur', () => this.#close());
    // The input must not lose the focus to the list, or blur would close it before the click arrives.
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
    this.#list.addEventListener('click', (event) => {
      const option = (event.target as Element).closest('[role=option]');
      if (option) this.#goTo(option.getAttribute('data-word')!);
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const word = this.#options[this.#active]?.dataset['word'] ?? this.#input.value;
      if (word.trim()) this.#goTo(word);
    });
  }

  get #options(): HTMLElement[] {
    return [...this.#list.children] as HTMLElement[];
  }

  #goTo(word: string): void {
    this.#close();
    location.assign(wordPath(word));
  }

  #askSoon(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
    const prefix = this.#input.value.trim();
    if (!prefix) return this.#close();
    this.#timer = setTimeout(() => void this.#ask(prefix), debounceMs);
  }

  async #ask(prefix: string): Promise<void> {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const answer = await complete(prefix, signal);
    // What was typed meanwhile has another answer; no completions are no reason to bother anybody.
    if (signal.aborted || document.activeElement !== this.#input) return;
    if (answer && 'retryAfterMs' in answer) return this.#refuse(answer.retryAfterMs);
    if (answer) showJourney(answer.journey, `The list for “${prefix}”`);
    this.#show(answer?.words ?? [], prefix);
  }

  #show(words: string[], prefix: string): void {
    this.#list.replaceChildren(...words.map((word, index) => option(word, prefix, index)));
    this.#select(-1);
    this.#list.hidden = words.length === 0;
    this.#input.setAttribute('aria-expanded', String(words.length > 0));
    this.#status.classList.add('hidden');
    this.#status.textContent = counted(words.length, 'completion');
  }

  /** Said and shown: who types on would otherwise wonder where the completions are. Typing asks again. */
  #refuse(retryAfterMs: number): void {
    this.#show([], '');
    const seconds = Math.ceil(retryAfterMs / 1000);
    this.#status.classList.remove('hidden');
    this.#status.textContent = `You have asked for more, in a short time, than one visitor may. Completions again in ${seconds} s.`;
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#list.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#select(-1);
    this.#status.classList.add('hidden');
    this.#status.textContent = '';
  }

  #select(index: number): void {
    this.#active = index;
    for (const [at, option] of this.#options.entries()) option.setAttribute('aria-selected', String(at === index));
    const chosen = this.#options[index];
    if (chosen) this.#input.setAttribute('aria-activedescendant', chosen.id);
    else this.#input.removeAttribute('aria-activedescendant');
    chosen?.scrollIntoView({ block: 'nearest' });
  }

  #onKey(event: KeyboardEvent): void {
    const count = this.#list.hidden ? 0 : this.#options.length;
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (count === 0) return this.#askSoon();
      // -1 is the input itself: going past either end leads back to what was typed.
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.#select(((this.#active + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (count > 0) this.#close();
      else this.#input.value = '';
    } else if (this.#active >= 0 && (event.key === 'Home' || event.key === 'End')) {
      event.preventDefault();
      this.#select(event.key === 'Home' ? 0 : count - 1);
    }
  }
}

function option(word: string, prefix: string, index: number): HTMLElement {
  const typed = word.toLowerCase().startsWith(prefix.toLowerCase()) ? prefix.length : 0;
  return element(
    'li',
    { role: 'option', id: `completion-${index}`, 'aria-selected': 'false', 'data-word': word },
    element('span', {}, word.slice(0, typed)),
    element('b', {}, word.slice(typed)),
  );
}
