// Session tracked service: what a visitor looks up is remembered by one replica, which all of the visitor's calls meet.
import { check } from 'k6';
import http from 'k6/http';
import { always, arrivals, asVisitor, edge, words } from './edge.ts';

export const options = { scenarios: arrivals(10), thresholds: always };

const url = `${edge}/api/dictionary/recent`;

export default () => {
  // k6 keeps a visitor's cookies for one iteration: each is somebody new.
  const params = { headers: { ...asVisitor(), 'Content-Type': 'application/json' }, tags: { name: 'recent' } };
  const word = words[Math.floor(Math.random() * words.length)]!;
  const first = http.post(url, JSON.stringify({ word }), params);
  for (let n = 0; n < 3; n += 1) {
    check(http.get(url, params), {
      'remembers the word': (answer) => answer.status === 200 && (answer.body as string).includes(`"${word}"`),
      'is the same replica': ({ headers }) => headers['X-Served-By'] === first.headers['X-Served-By'],
    });
  }
};
