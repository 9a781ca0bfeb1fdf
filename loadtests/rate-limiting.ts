// Rate limiting: one visitor asks for far too much. What is beyond the limit is refused and told when to ask again, and no
// more gets through than the limit says. Without the load secret, as a person.
import { check } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { always, arrivals, seconds, wordPath } from './edge.ts';

/** As the caches have it: RATE_ANONYMOUS_BURST, RATE_ANONYMOUS_REFILL. */
const burst = Number(__ENV.BURST ?? 300);
const refillMs = Number(__ENV.REFILL_MS ?? 20);
/** At half the rate: k6 begins late, and asks in fits and starts. */
const least = (seconds * 1000) / refillMs / 2;
const most = burst + ((seconds + 1) * 1000) / refillMs + 1;

const admitted = new Counter('admitted');
const refused = new Counter('refused');

export const options = {
  scenarios: arrivals(250),
  thresholds: { ...always, admitted: [`count>=${least}`, `count<=${most}`], refused: ['count>0'] },
};
http.setResponseCallback(http.expectedStatuses(200, 429));

export default () => {
  const answer = http.get(wordPath('dog'), { tags: { name: 'a word' } });
  const isRefused = answer.status === 429;
  (isRefused ? refused : admitted).add(1);
  check(answer, {
    'is answered or refused': ({ status }) => status === 200 || status === 429,
    'a refusal says when to ask again': ({ headers }) => !isRefused || /^[1-9]\d*$/.test(headers['Retry-After'] ?? ''),
  });
};
