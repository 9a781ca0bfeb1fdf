import { describe, expect, it } from '@jest/globals';
import { besideEachOf, layerByUrl, layerByVisitor } from './cache-placements.ts';
import { drawing } from './caches-drawing.ts';

const measured = (hits: number[]) =>
  [layerByVisitor, layerByUrl, besideEachOf(2), besideEachOf(10)].map((placement, n) => {
    const figures = { hitPercent: hits[n]!, originPerThousand: 1000 - 10 * hits[n]!, p50Ms: 1, p99Ms: 2 };
    return { placement, rounds: [figures], processesMiB: 10 };
  });

describe(drawing, () => {
  const svg = drawing(measured([80, 90, 79, 60]), 10);

  it('tells by a title and a text what it shows', () => {
    expect(svg).toContain('<title id="title">Few large caches or many small ones, 10 MiB in all</title>');
    expect(svg).toMatch(/<desc id="text">[^<]*80 % by visitor and 90 % by URL;[^<]*60 % with 10 replicas[^<]*400 with/);
  });

  it('draws what is more higher, and longer', () => {
    const heights = [...svg.matchAll(/<circle [^>]*cy="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(2);
    expect(heights[0]).toBeLessThan(heights[1]!);
    const lengths = [...svg.matchAll(/<rect class="mark[^>]*width="([\d.]+)" height/g)].map(([, w]) => Number(w));
    expect(lengths.map((length) => Math.round((4 * length) / lengths[2]!))).toEqual([1, 2, 4]);
  });

  it('is well-formed, without scripts or anything from elsewhere', () => {
    const open = [...svg.matchAll(/<(\w+)(?=[^>]*[^/]>)/g)].length;
    expect([...svg.matchAll(/<\/\w+>/g)]).toHaveLength(open);
    expect(svg).not.toMatch(/<script|href|url\(|NaN|undefined/);
  });
});
