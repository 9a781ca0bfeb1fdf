import { describe, expect, it } from '@jest/globals';
import { edge, input, open, page, text, visit } from './visitor.fixture.ts';

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

  it('says why there are no completions when too much was asked for, and when there are again', async () => {
    edge.mode = 'refused';
    await visit('/about');
    await input().pressSequentially('do');
    const said = page.getByText(
      'You have asked for more, in a short time, than one visitor may. Completions again in 1 s.',
    );
    await said.waitFor({ state: 'visible' });
    edge.mode = 'up';
    await input().pressSequentially('g');
    await page.getByRole('option').first().waitFor();
    expect(await said.count()).toBe(0);
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
