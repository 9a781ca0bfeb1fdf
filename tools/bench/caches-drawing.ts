// A picture in one file without scripts: light or dark as its reader's screen is, with a title and a text for who hears it.
import { figureOf, type Measured } from './caches-load.ts';

const [width, height] = [760, 412];
/** Where the two diagrams are. */
const line = { left: 60, right: 420, top: 84, bottom: 364 };
const bars = { left: 490, right: 730, top: 84, bottom: 284 };

const style = `
  svg { --ink: #211d18; --soft: #6b6459; --rule: #ddd6c8; --paper: #fbf8f1; --layer: #1f6f8b; --address: #6a8f3c; --beside: #b4471f }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #eae5da; --soft: #a39d91; --rule: #353840; --paper: #15171c; --layer: #6fc3de; --address: #a8cf78; --beside: #f2917d }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink) } .soft { fill: var(--soft) } .head { font-size: 15px; font-weight: 600 }
  .rule { stroke: var(--rule) } .layer { --own: var(--layer) } .address { --own: var(--address) } .beside { --own: var(--beside) }
  .mark { fill: var(--own) } .way { stroke: var(--own); stroke-width: 2.5; fill: none } .said { fill: var(--own); font-weight: 600 }`;

const text = (x: number, y: number, words: string, attributes = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${words}</text>`;
const rule = (y: number, from: number, to: number) =>
  `<line class="rule" x1="${from}" x2="${to}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`;
const percent = (one: Measured) => `${figureOf(one, 'hitPercent').toFixed(0)} %`;
const calls = (one: Measured) => figureOf(one, 'originPerThousand').toFixed(0);

/** Hits by the number of caches, and what is left for the replicas. */
export function drawing(measured: Measured[], storageMiB: number): string {
  const [byVisitor, byUrl, ...beside] = measured as [Measured, Measured, ...Measured[]];
  const last = beside.at(-1)!;
  const spoken =
    `Hits: a layer of two caches ${percent(byVisitor)} by visitor and ${percent(byUrl)} by URL; a cache beside each replica ` +
    beside.map((one) => `${percent(one)} with ${one.placement.caches} replicas`).join(', ') +
    `. Of 1000 requests the replicas are asked ${calls(byUrl)} by URL, ${calls(byVisitor)} by visitor, ` +
    `${calls(last)} with a cache beside each of ${last.placement.caches}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title text">
<title id="title">Few large caches or many small ones, ${storageMiB} MiB in all</title>
<desc id="text">${spoken}</desc>
<style>${style}
</style>
<rect width="${width}" height="${height}" rx="8" fill="var(--paper)"/>
${text(line.left - 36, 36, `The same ${storageMiB} MiB for copies, the same requests`, 'class="head"')}
${text(line.left - 36, 62, 'hits, by the number of replicas', 'class="soft"')}
${text(bars.left, 62, 'calls to replicas, of 1000 requests', 'class="soft"')}
${hits(byVisitor, byUrl, beside)}
${work([
  [byUrl, 'address', 'layer of 2, by URL'],
  [byVisitor, 'layer', 'layer of 2, by visitor'],
  [last, 'beside', `beside each of ${last.placement.caches}`],
])}
</svg>
`;
}

function hits(byVisitor: Measured, byUrl: Measured, beside: Measured[]): string {
  const most = beside.at(-1)!.placement.caches;
  const x = (caches: number) => line.left + 16 + ((line.right - line.left - 32) * (caches - 2)) / (most - 2);
  const y = (hitPercent: number) => line.bottom - ((line.bottom - line.top) * hitPercent) / 100;
  const of = (one: Measured) => y(figureOf(one, 'hitPercent'));
  const scale = [0, 25, 50, 75, 100].map(
    (value) =>
      rule(y(value), line.left, line.right) +
      text(line.left - 8, y(value) + 4, `${value} %`, 'class="soft" text-anchor="end"'),
  );
  const layers = ([byVisitor, byUrl] as const).map((one, n) => {
    const [kind, name] = [
      ['layer', 'layer of 2, by visitor'],
      ['address', 'layer of 2, by URL'],
    ][n]!;
    return (
      `<path class="way ${kind}" d="M${x(2)} ${of(one).toFixed(1)}H${x(most)}"/>` +
      text(x(most), of(one) - 6, `${name}: ${percent(one)}`, `class="said ${kind}" text-anchor="end"`)
    );
  });
  const points = beside.map((one) => `${x(one.placement.caches).toFixed(1)} ${of(one).toFixed(1)}`);
  const marks = beside.map((one) => {
    const [at, caches] = [x(one.placement.caches), one.placement.caches];
    return (
      `<circle class="mark beside" cx="${at.toFixed(1)}" cy="${of(one).toFixed(1)}" r="4"/>` +
      text(at, of(one) + 22, percent(one), 'class="said beside" text-anchor="middle"') +
      text(at, line.bottom + 20, String(caches), 'class="soft" text-anchor="middle"')
    );
  });
  const name = text(
    x(most),
    of(beside.at(-1)!) + 42,
    'a cache beside each replica',
    'class="said beside" text-anchor="end"',
  );
  return [...scale, ...layers, `<path class="way beside" d="M${points.join('L')}"/>`, ...marks, name].join('\n');
}

function work(ways: [Measured, string, string][]): string {
  const most = Math.max(...ways.map(([one]) => figureOf(one, 'originPerThousand')));
  const step = (bars.bottom - bars.top) / ways.length;
  return ways
    .map(([one, kind, name], n) => {
      const top = bars.top + n * step;
      const long = ((bars.right - bars.left - 40) * figureOf(one, 'originPerThousand')) / most;
      return (
        text(bars.left, top + 14, name, `class="said ${kind}"`) +
        `<rect class="mark ${kind}" x="${bars.left}" y="${(top + 22).toFixed(1)}" width="${long.toFixed(1)}" height="22" rx="2"/>` +
        text(bars.left + long + 8, top + 38, calls(one))
      );
    })
    .join('\n');
}
