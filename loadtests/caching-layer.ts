// Caching layer: words as people ask for them, a few very often. Most answers are copies, so the origin's share is small.
import { check } from 'k6';
import http from 'k6/http';
import { Rate } from 'k6/metrics';
import { always, arrivals, asVisitor, wordPath, words } from './edge.ts';

const asked = Number(__ENV.WORDS ?? 40);
const copies = new Rate('copies');

export const options = { scenarios: arrivals(100), thresholds: { ...always, copies: ['rate>0.8'] } };

export const setup = () => Math.floor(Math.random() * words.length);

export default (first: number) => {
  // Zipf's law: the n-th word is asked for 1/n as often as the first one.
  const rank = Math.floor(asked ** Math.random()) - 1;
  const answer = http.get(wordPath(words[(first + rank) % words.length]!), {
    headers: asVisitor(),
    tags: { name: 'a word' },
  });
  check(answer, { 'is a word': ({ status }) => status === 200 });
  copies.add(/; hit/.test(answer.headers['Cache-Status'] ?? ''));
};
