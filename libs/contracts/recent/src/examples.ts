import type { LookUp, RecentLookUps } from './look-ups.ts';

/** Messages as they go over the wire. The server's tests make them, its callers' tests take them. */
export const examples = {
  lookUp: { word: 'ice cream' },
  lookUps: { words: ['ice cream', 'goose', 'serendipity'] },
  nothing: { words: [] },
} satisfies { lookUp: LookUp; lookUps: RecentLookUps; nothing: RecentLookUps };
