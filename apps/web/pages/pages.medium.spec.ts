import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { Edge } from './edge.fixture.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)!;
// It must neither call home nor need a display, a GPU or rights.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let edge: Awaited<ReturnType<typeof Edge.start>>;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What a visitor never sees and we want to: policy violations, errors in the console, layout shifts. */
let complaints: string[];

async function open(options: BrowserContextOptions = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext({ baseURL: edge.url, reducedMotion: 'reduce', ...options });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    // The browser reports each 4xx so; those that happen here are meant to.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load')) complaints.push(message.text());
  });
  await page.exposeFunction('complain', (what: string) => complaints.push(what));
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', (event) => complain('policy: ' + event.violatedDirective));
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) {
        complain('layout shift of ' + shift.sources.map(({ node }) => node?.outerHTML ?? node?.textContent));
      }
    }).observe({ type: 'layout-shift', buffered: true });
  `);
}

async function visit(path: string): Promise<void> {
  await page.goto(path);
  await page.locator('.journey[data-state=told]').waitFor();
}

const text = async (selector: string) => (await page.locator(selector).innerText()).replaceAll(/\s+/g, ' ');
const input = () => page.getByRole('combobox', { name: 'Look up a word' });
const part = (stop: string) => page.locator(`[data-stop=${stop}]`).getAttribute('data-part');

beforeAll(async () => {
  edge = await Edge.start();
  browser = await chromium.launch({ executablePath, args });
});
afterAll(async () => {
  await browser?.close();
  await edge?.stop();
});
beforeEach(async () => {
  complaints = [];
  // After the last page is closed, whose questions must not be counted here.
  await open();
  edge.reset();
});
afterEach(() => {
  expect(complaints).toEqual([]);
});

describe('the look-up box', () => {
  it('is worked by the keyboard alone', async () => {
    await visit('/about');
    while (!(await input().evaluate((element) => element === document.activeElement))) await page.keyboard.press('Tab');
    await page.keyboard.type('dog');
    await page.getByRole('option').first().waitFor();
    expect(await input().getAttribute('aria-expanded')).toBe('true');
    const active = async () => {
      const id = await input().getAttribute('aria-activedescendant');
      return id && page.locator(`#${id}[aria-selected=true]`).innerText();
    };
    expect(await active()).toBeNull();
    for (const [key, option] of [
      ['ArrowDown', 'dog'],
      ['ArrowDown', 'dogma'],
      ['End', 'dog-eared'],
      ['ArrowDown', null],
      ['ArrowUp', 'dog-eared'],
      ['Home', 'dog'],
    ] as const) {
      await page.keyboard.press(key);
      expect([key, await active()]).toEqual([key, option]);
    }
    await page.keyboard.press('Escape');
    expect(await page.getByRole('listbox').isHidden()).toBe(true);
    expect(await input().inputValue()).toBe('dog');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/words/dog');
    await page.getByRole('heading', { level: 1, name: 'dog' }).waitFor();
  });

  it('has the focus on the first page at once, but not by touch, where a keyboard would cover the page', async () => {
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await visit('/');
    expect(await focused()).toBe('q');
    await visit('/about');
    expect(await focused()).toBe('');
    await open({ hasTouch: true, isMobile: true });
    await visit('/');
    expect(await focused()).toBe('');
  });

  it.each(['/', '/about'])('has room for what it says on a phone 320 px wide, on %s', async (path) => {
    await open({ viewport: { width: 320, height: 640 } });
    await visit(path);
    const [needed, room] = await input().evaluate((element: HTMLInputElement) => {
      const style = getComputedStyle(element);
      const text = document.body.appendChild(document.createElement('span'));
      Object.assign(text.style, { position: 'absolute', whiteSpace: 'nowrap' });
      text.style.font = style.font;
      text.textContent = element.placeholder;
      const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
      return [text.getBoundingClientRect().width, element.clientWidth - padding];
    });
    expect(needed).toBeGreaterThan(0);
    expect(needed).toBeLessThanOrEqual(room);
  });

  it('looks up what was typed when nothing was chosen, in any case and with spaces', async () => {
    await visit('/');
    await input().fill('  Dog days ');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/words/Dog%20days');
  });

  it('is worked by pointer', async () => {
    await visit('/about');
    await input().pressSequentially('dog');
    await page.getByRole('option', { name: 'dog', exact: true }).click();
    await page.waitForURL('**/words/dog');
  });

  it('waits for a pause in typing before it asks', async () => {
    await page.clock.install({ time: 0 });
    await visit('/');
    await page.clock.pauseAt(60_000);
    await input().pressSequentially('dogged');
    await page.clock.runFor(100);
    expect(edge.asked).toEqual([]);
    await page.clock.runFor(100);
    await page.getByRole('option').first().waitFor();
    expect(edge.asked).toEqual(['/api/dictionary/words?limit=8&prefix=dogged']);
  });

  it('gives up what it asked when something else stands there', async () => {
    await page.route(/prefix=d$/, () => undefined);
    await visit('/');
    const first = page.waitForRequest(/prefix=d$/);
    const abandoned = page.waitForEvent('requestfailed', (request) => request.url().endsWith('prefix=d'));
    await input().press('d');
    await first;
    await input().pressSequentially('ogged');
    await abandoned;
    await page.getByRole('option', { name: 'dogged' }).waitFor();
  });

  it('still looks up where completion fails', async () => {
    edge.mode = 'lost';
    await visit('/');
    const failed = page.waitForEvent('requestfailed');
    await input().fill('dog');
    await failed;
    edge.mode = 'up';
    await page.keyboard.press('Enter');
    await page.waitForURL('**/words/dog');
  });

  it.each(['/', '/words/dogma'])('leads to the answer without JavaScript too, from %s', async (path) => {
    await open({ javaScriptEnabled: false });
    await page.goto(path);
    await page.getByRole('searchbox').fill('dog');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/api/dictionary/words/dog');
    expect(await text('body')).toMatch(/a member of the genus Canis/);
  });
});

describe('the page of a word', () => {
  it('shows all senses by part of speech, with examples and synonyms that lead on', async () => {
    await visit('/words/dog');
    expect(await page.title()).toBe('dog · Almanac');
    expect(await page.locator('.part h2').allInnerTexts()).toEqual(['noun', 'verb']);
    expect(await text('.part >> nth=1')).toMatch(
      /go after with the intent to catch “The policeman .*” also chase, chase after/,
    );
    expect(await page.locator('.definition').count()).toBe(8);
    await page.getByText('1 more meaning').click();
    expect(await page.getByText('a cover for the last of seven meanings').isVisible()).toBe(true);
    await page.getByRole('link', { name: 'hot dog', exact: true }).click();
    await page.waitForURL('**/words/hot%20dog');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'dog' }).waitFor();
  });

  it('says what an inflected form is a form of', async () => {
    for (const [word, note] of [
      ['dogs', 'dogs is a form of dog.'],
      ['saw', 'saw is also a form of see.'],
      ['saws', 'saws is a form of saw.'],
      ['leaves', 'leaves is a form of leave and leaf.'],
    ] as const) {
      await visit(`/words/${word}`);
      expect(await page.locator('.note').allInnerTexts()).toEqual([note]);
    }
  });

  it.each(['Ice_Cream', 'ice-cream', 'éclair', 'œuvre', 'DOG'])(
    'does not call the spelling %s a form',
    async (asked) => {
      await visit(`/words/${encodeURIComponent(asked)}`);
      await page.locator('.definition').first().waitFor();
      expect(await page.locator('.note').count()).toBe(0);
    },
  );

  it.each([
    ['polish', 'polish', ['verb', 'noun', 'adjective Polish'], ['Polish the Slavic language of Poland']],
    ['Polish', 'Polish', ['verb polish', 'noun', 'adjective'], ['polish a preparation used in polishing']],
    ['POLISH', 'polish', ['verb', 'noun', 'adjective Polish'], ['Polish the Slavic language of Poland']],
    ['polishes', 'polish', ['verb', 'noun', 'adjective Polish'], ['Polish the Slavic language of Poland']],
    ['Mecca', 'Mecca', ['noun'], ['mecca a place that attracts many visitors']],
  ])('has for %s the headword %s, and says of what is written otherwise how', async (asked, word, parts, senses) => {
    await visit(`/words/${asked}`);
    const inLine = (texts: string[]) => texts.map((text) => text.replaceAll(/\s+/g, ' '));
    expect([await text('h1'), await page.title()]).toEqual([word, `${word} · Almanac`]);
    expect(inLine(await page.locator('.part h2').allInnerTexts())).toEqual(parts);
    expect(inLine(await page.locator('.definition:has(b)').allInnerTexts())).toEqual(senses);
  });

  it('writes a form of an uncapitalised word in small letters', async () => {
    await visit('/words/AM');
    expect([await text('h1'), await text('.note')]).toEqual(['AM', 'am is also a form of be.']);
  });

  it('credits WordNet, once', async () => {
    await visit('/words/dog');
    expect(await page.getByText('WordNet').allInnerTexts()).toEqual(['WordNet® 3.1']);
    expect(await text('.bottom')).toMatch(/^Words from WordNet® 3\.1, © 2011 Princeton University\./);
  });

  it('offers near spellings of a word that it does not have', async () => {
    await visit('/words/definately');
    expect(await page.title()).toBe('No “definately” · Almanac');
    await page.getByRole('link', { name: 'definitely' }).click();
    await page.waitForURL('**/words/definitely');
    await page.locator('.definition').first().waitFor();
    await visit('/words/xyzzy');
    expect(await text('.body')).toMatch(/nor one that is spelled like it/);
  });

  it('says what to do without JavaScript', async () => {
    await open({ javaScriptEnabled: false });
    await page.goto('/words/dog');
    expect(await page.title()).toBe('Dictionary · Almanac');
    expect((await text('h1')).trim()).toBe('This word needs JavaScript');
    // What is busy, a screen reader may leave out.
    expect(await page.locator('[aria-busy=true]').count()).toBe(0);
    await page.locator('article a').click();
    await page.locator('#q:focus').waitFor();
  });

  it('leads to the first page where the address names no word', async () => {
    await page.goto('/words/');
    await page.waitForURL(`${edge.url}/`);
  });

  it('shows what comes from outside as text, whatever it looks like', async () => {
    await visit('/words/%3Cimg%20src=x%20onerror=alert(1)%3E');
    expect(await text('h1')).toBe('<img src=x onerror=alert(1)>');
    expect(await text('.part')).toMatch(/<b>bold<\/b> “<script>alert\(1\)<\/script>” also "><i>/);
    expect(await page.locator('article :is(img, script, .definition b)').count()).toBe(0);
  });

  it('marks an older copy as one', async () => {
    edge.mode = 'stale';
    await visit('/words/dog');
    expect(await text('.note')).toBe('A saved copy, made 4 minutes ago: a fresh one was not at hand.');
    expect(await part('cache')).toBe('old');
  });

  it.each(['down', 'lost'] as const)('says so when the dictionary is %s, and recovers by itself', async (mode) => {
    edge.mode = mode;
    await visit('/words/dog');
    const button = page.getByRole('button', { name: /Trying again in \d s/ });
    await button.waitFor();
    const asked = edge.asked.length;
    await button.dispatchEvent('click');
    expect(edge.asked.length).toBe(asked);
    edge.mode = 'up';
    await page.locator('.definition').first().waitFor();
    expect(await page.locator('.retry').count()).toBe(0);
  });
});

describe('how this reached you', () => {
  it('tells a miss from a hit by the headers of the look-up', async () => {
    await visit('/words/geese');
    expect(await text('.tale')).toMatch(/^cache-1 did not have it, so dictionary-2 made this answer just now/);
    expect(await part('replica')).toBe('made');
    await visit('/words/geese');
    expect(await text('.tale')).toBe(
      'cache-1 had this answer ready. It was made 42 seconds ago by dictionary-2, which was not asked again.',
    );
    expect([await part('cache'), await part('replica')]).toEqual(['kept', 'spared']);
    await page.getByText('The headers that say so').click();
    expect(await text('.headers')).toBe(
      'X-Edge edge Cache-Status cache-1; hit; ttl=18 Age 42 X-Served-By dictionary-2',
    );
  });

  it('tells when the browser had it, and asks again when told to', async () => {
    await visit('/words/dog');
    expect(await part('replica')).toBe('made');
    await page.getByRole('link', { name: 'About' }).click();
    await visit('/words/dog');
    expect(await text('.tale')).toBe('This answer was still in your browser: nothing had to travel.');
    expect(await part('browser')).toBe('kept');
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.locator('.tale', { hasText: 'cache-1 had this answer ready' }).waitFor();
    expect([await part('browser'), await part('cache')]).toEqual(['passed', 'kept']);
    expect(edge.asked).toEqual(['/api/dictionary/words/dog', '/api/dictionary/words/dog']);
  });

  it('tells of the page itself, then of each list of completions', async () => {
    await visit('/');
    expect(await text('.tale')).toMatch(/^cache-1 had this page ready\. It was made 29 seconds ago by web-1/);
    await input().fill('dogw');
    await page.locator('.tale', { hasText: 'the list for “dogw”' }).waitFor();
  });

  it.each([1024, 360])('draws no line across an icon while the stops arrive, %s px wide', async (width) => {
    await open({ reducedMotion: 'no-preference', viewport: { width, height: 900 } });
    await visit('/');
    await page.locator('.stops').scrollIntoViewIfNeeded();
    const covered = await page.evaluate(() => {
      const animations = document.getAnimations();
      for (const animation of animations) {
        animation.pause();
        animation.currentTime = animation.effect!.getTiming().delay! + 1;
      }
      const icons = [...document.querySelectorAll('.stops svg')].filter((icon) => {
        const { x, y, width, height } = icon.getBoundingClientRect();
        // In the middle, and in the direction of the next stop, where the line begins.
        const seen = [0.5, 0.9].flatMap((far) => [
          document.elementFromPoint(x + width * far, y + height / 2),
          document.elementFromPoint(x + width / 2, y + height * far),
        ]);
        return getComputedStyle(icon).opacity !== '1' || seen.some((on) => !icon.contains(on));
      });
      return { animated: animations.length > 0, icons: icons.length };
    });
    expect(covered).toEqual({ animated: true, icons: 0 });
  });

  it('tells of the edge alone when nothing behind it answers, and of nothing when nothing came', async () => {
    edge.mode = 'down';
    await visit('/words/dog');
    expect([await part('edge'), await part('cache')]).toEqual(['made', 'absent']);
    edge.mode = 'lost';
    await visit('/words/dog');
    expect(await text('.tale')).toBe('It did not: no answer came back.');
  });
});

const paths = ['/', '/about', '/words/dog', '/words/saw', '/words/Polish', '/words/definately', '/no/such/page'];

describe.each(paths)('%s', (path) => {
  it.each(['light', 'dark'] as const)('is accessible in %s', async (colorScheme) => {
    // axe is injected, which is what the policy is there to prevent.
    await open({ colorScheme, bypassCSP: true });
    await visit(path);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
    expect(violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map(({ target }) => target) }))).toEqual(
      [],
    );
  });

  it('fits a phone and a finger', async () => {
    await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await visit(path);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    // Links in running text are as high as their line: WCAG 2.2, target size, exempts them.
    const controls = page.locator(
      'button:visible, input:visible, summary:visible, nav a, .brand:visible, .tries a, .suggestions a',
    );
    for (const control of await controls.all()) {
      expect((await control.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    }
  });
});

describe('the policy of the pages', () => {
  it.each([
    ['HTML', 'require-trusted-types-for', () => void (document.body.innerHTML = '<p>parsed</p>')],
    ['a handler', 'require-trusted-types-for', () => document.body.setAttribute('onclick', 'alert(1)')],
    ['a script', 'require-trusted-types-for', () => void (document.createElement('script').src = '//elsewhere.test/')],
    ['a call', 'connect-src', () => fetch('//elsewhere.test/').then(() => undefined)],
  ])('stops %s that somebody managed to put into a page', async (_, directive, attack: () => unknown) => {
    await visit('/');
    const violated = page.evaluate(
      () =>
        new Promise((resolve) =>
          addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective)),
        ),
    );
    await expect(page.evaluate(attack)).rejects.toThrow(/requires 'Trusted|Failed to fetch/);
    expect(await violated).toBe(directive);
    expect(complaints.splice(0)).not.toEqual([]);
  });
});
