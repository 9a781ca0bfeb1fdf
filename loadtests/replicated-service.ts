// Replicated load-balanced service: look-ups that only a replica can answer. None fails, also while replicas are restarted
// (`npm run restart dictionary-1` meanwhile).
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { always, arrivals, asVisitor, wordPath, words } from './edge.ts';

export const options = { scenarios: arrivals(60), thresholds: always };

/** Another part of the words for each run, as those of the last one are in the caches. */
export const setup = () => Math.floor(Math.random() * words.length);

export default (first: number) => {
  const word = words[(first + exec.scenario.iterationInTest) % words.length]!;
  const answer = http.get(wordPath(word), { headers: asVisitor(), tags: { name: 'a word' } });
  check(answer, {
    'is a word': ({ status }) => status === 200,
    'says which replica answered': ({ headers }) => headers['X-Served-By'] !== undefined,
  });
};
