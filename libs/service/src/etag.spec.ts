import { describe, expect, it } from '@jest/globals';
import { etagMatches } from './etag.ts';

describe(etagMatches.name, () => {
  it.each(['"a"', 'W/"a"', '*', ' * ', '"b", "a"', '"b",W/"a"'])('takes %s for the tag "a"', (header) => {
    expect(etagMatches(header, '"a"')).toBe(true);
  });

  it.each([undefined, '', '"b"', 'W/"b"', 'a', '"a', '"A"', '"ab"'])('takes %s for another', (header) => {
    expect(etagMatches(header, '"a"')).toBe(false);
  });
});
