import { describe, expect, it } from '@jest/globals';
import { edge, open, page, part, text, visit } from './visitor.fixture.ts';

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

  it('says when one may ask again after having asked for too much, and then does', async () => {
    edge.mode = 'refused';
    await visit('/words/dog');
    await page.getByRole('button', { name: /Trying again in \d s/ }).waitFor();
    expect(await text('.lead')).toBe('You have asked for more, in a short time, than one visitor may.');
    edge.mode = 'up';
    await page.locator('.definition').first().waitFor();
  });

  it('moves nothing that is seen when an answer comes within the same frame', async () => {
    edge.mode = 'down';
    await visit('/words/dog');
    edge.mode = 'up';
    await page.evaluate(async () => {
      const answer = await fetch('/api/dictionary/words/dog');
      const body: unknown = await answer.json();
      answer.json = () => Promise.resolve(body);
      window.fetch = () => Promise.resolve(answer);
    });
    await page.locator('.definition').first().waitFor();
    // A shift is told after the frame that it is in.
    for (let frame = 0; frame < 3; frame++) await page.evaluate(() => new Promise(requestAnimationFrame));
  });
});
