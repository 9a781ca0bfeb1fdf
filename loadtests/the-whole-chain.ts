// The whole chain: visitors who open a page, its script and a word over TLS, through edge, cache and replica.
import { check } from 'k6';
import http from 'k6/http';
import { always, arrivals, asVisitor, edge, wordPath, words } from './edge.ts';

export const options = { scenarios: arrivals(20), thresholds: always };

export default () => {
  const word = words[Math.floor(Math.random() * 1000)]!;
  const params = { headers: asVisitor() };
  const page = http.get(`${edge}/words/${word}`, {
    headers: { ...params.headers, Accept: 'text/html' },
    tags: { name: 'the page of a word' },
  });
  const answer = http.get(wordPath(word), { ...params, tags: { name: 'a word' } });
  check(page, { 'is a page': ({ status, headers }) => status === 200 && /html/.test(headers['Content-Type'] ?? '') });
  check(answer, {
    'is a word': ({ status }) => status === 200,
    'came by edge, cache and replica': ({ headers }) =>
      ['X-Edge', 'Cache-Status', 'X-Served-By'].every((name) => headers[name] !== undefined),
    'came over TLS 1.2 or 1.3': ({ tls_version }) => tls_version === 'tls1.2' || tls_version === 'tls1.3',
  });
};
