import { describe, expect, it } from '@jest/globals';
import { edge, input, open, page, part, text, visit } from './visitor.fixture.ts';

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

  it.each([1024, 320])('has room for names as long as pods’ may be, %s px wide', async (width) => {
    await open({ viewport: { width, height: 900 } });
    await visit('/words/dog');
    const beyond = await page.evaluate(
      (name) => {
        for (const one of document.querySelectorAll('.tale b, .stops strong')) one.textContent = name;
        const ends = [...document.querySelectorAll('.tale b, .stops strong')].map(
          (one) => one.getBoundingClientRect().right,
        );
        return ends.filter((right) => right > document.documentElement.clientWidth).length;
      },
      `${'a'.repeat(34)}-dictionary-7548b8f8cc-2kfcr`,
    );
    expect(beyond).toBe(0);
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
