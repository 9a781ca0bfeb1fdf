import { describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import { complaints, open, page, visit } from './visitor.fixture.ts';

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
      'button:visible, input:visible, summary:visible, nav a, .brand:visible, .tries a, .suggestions a, .recent a',
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
