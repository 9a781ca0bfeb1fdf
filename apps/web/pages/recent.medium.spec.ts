import { describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { until } from '@almanac/testing';
import { edge, input, open, page, text, visit } from './visitor.fixture.ts';

const section = () => page.getByRole('region', { name: 'Recent' });
const words = () => section().getByRole('listitem').allInnerTexts();

describe('recent look-ups', () => {
  it('are on the first page after a word was found, the newest first, and lead back to it', async () => {
    for (const [n, word] of ['dog', 'ice-cream', 'polishes'].entries()) {
      await visit(`/words/${word}`);
      await until(() => edge.recent.length === n + 1);
    }
    await visit('/');
    await section().waitFor();
    expect(await words()).toEqual(['polish', 'ice cream', 'dog']);
    await section().getByRole('link', { name: 'ice cream' }).click();
    await page.waitForURL('**/words/ice%20cream');
  });

  it('say which replica remembers them, and how long', async () => {
    edge.recent = ['dog'];
    await visit('/');
    await section().waitFor();
    expect(await text('.keeper')).toBe('recent-2 remembers them, in its memory and for you alone, until it ends.');
  });

  it('have no word that was not found', async () => {
    edge.recent = ['dog'];
    await visit('/words/definately');
    await page.getByRole('link', { name: 'delicately' }).waitFor();
    await visit('/');
    await section().waitFor();
    expect(await words()).toEqual(['dog']);
  });

  it('take no place in what is read aloud where there are none', async () => {
    await visit('/');
    expect(await section().count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Clear' }).count()).toBe(0);
  });

  it('are cleared here and on the server, by the keyboard too', async () => {
    edge.recent = ['dog', 'saw'];
    await visit('/');
    await section().getByRole('button', { name: 'Clear' }).focus();
    await page.keyboard.press('Enter');
    await section().waitFor({ state: 'detached' });
    expect(edge.recent).toEqual([]);
    expect(await input().evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.getByRole('status').allInnerTexts()).toContain('Your recent look-ups are forgotten.');
  });

  it('say so when they could not be cleared, and can be then', async () => {
    edge.recent = ['dog'];
    await visit('/');
    await section().waitFor();
    edge.mode = 'down';
    await section().getByRole('button').click();
    await page.getByText('They could not be cleared just now.').waitFor();
    edge.mode = 'up';
    await section().getByRole('button').click();
    await until(() => edge.recent.length === 0);
  });

  it.each(['down', 'lost'] as const)('are missed by nothing when their service is %s', async (mode) => {
    edge.mode = mode;
    await visit('/');
    expect(await section().count()).toBe(0);
    edge.mode = 'up';
    await input().fill('dog');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/words/dog');
    await page.locator('.definition').first().waitFor();
  });

  it('are shown as text, whatever they look like', async () => {
    edge.recent = ['<img src=x onerror=alert(1)>', '../about'];
    await visit('/');
    await section().waitFor();
    expect(await words()).toEqual(edge.recent);
    const links = await section().getByRole('link').all();
    const leads = await Promise.all(links.map((link) => link.getAttribute('href')));
    for (const href of leads) expect(href).toMatch(/^\/words\/[^/]+$/);
  });

  it.each([
    ['light', { width: 1280, height: 800 }],
    ['dark', { width: 320, height: 640 }],
  ] as const)('have room in %s for twenty long ones, and are accessible', async (colorScheme, viewport) => {
    edge.recent = Array.from({ length: 20 }, (_, n) => `${n}`.padStart(64, 'dog '));
    await open({ colorScheme, viewport, bypassCSP: true });
    await visit('/');
    await section().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    for (const control of await section().locator('a, button').all()) {
      expect((await control.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    }
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
    expect(violations.map(({ id }) => id)).toEqual([]);
  });
});
