import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { examples } from '@almanac/contracts-dictionary';
import { makeCertificates } from '../setup/certificates.mjs';
import { answering, bareNginx, bareVarnish, upstream, type Answer, type Way } from './bare-servers.ts';
import type { Instance } from './instance.ts';
import { runRendered } from './rendered.ts';

export const cachedPath = '/api/dictionary/words/icecream';
/** Another one each time (paths.lua). */
export const uncachedPath = '/api/dictionary/words/word-{n}';

const word: Answer = {
  status: 200,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'public, max-age=300, s-maxage=3600',
    etag: '"kUnFMPiKbtPzbxGEUkSXOA"',
    'x-served-by': 'dictionary-1',
  },
  body: JSON.stringify(examples.word),
};
const limitOfOne = { RATE_ANONYMOUS_BURST: '1', RATE_ANONYMOUS_REFILL: '1h' };

/** Ours and the references, all with one origin, which has one word; those with a limit have reached it. */
export async function startWays(instance: Instance) {
  const CERTS = join(instance.state, 'certs');
  makeCertificates(CERTS, '127.0.0.1');
  const address = (n: number) => `${instance.net}.${n}`;
  const origin = await bareNginx(instance, address(41), [`server { listen ${address(41)}:8080; ${answering(word)} }`]);

  const cacheAt = async (n: number, limits = {}): Promise<Way> => {
    const services = { DICTIONARY: origin.at, RECENT: origin.at, WEB: origin.at };
    const pid = await runRendered(instance, 'cache-1', address(n), { ...services, ...limits });
    return { at: `${address(n)}:8080`, pids: [pid] };
  };
  const edgeAt = async (n: number, { at, pids }: Way): Promise<Way> => {
    const own = { PUBLISHED: address(n), CACHES: at, CONNECTIONS: '1024', CERTS };
    return { at: `${address(n)}:8443`, pids: [await runRendered(instance, 'edge', address(n), own), ...pids] };
  };
  const cache = await cacheAt(23);
  const limited = await edgeAt(13, await cacheAt(24, limitOfOne));
  const refused = await refusalBy(limited);

  const nginx = await bareNginx(instance, address(251), [`server { listen ${address(251)}:8080; ${answering(word)} }`]);
  const relay = await bareNginx(instance, address(252), [
    upstream('origin', origin),
    `server { listen ${address(252)}:8080; location / { proxy_pass http://origin; } }`,
  ]);
  const limitReq = await bareNginx(instance, address(253), [
    'limit_req_zone $server_port zone=all:1m rate=1r/m;',
    upstream('origin', origin),
    `server {
      listen ${address(253)}:8080;
      location / { limit_req zone=all; limit_req_status 429; error_page 429 = @refused; proxy_pass http://origin; }
      location @refused { ${answering(refused)} }
    }`,
  ]);
  const varnish = await bareVarnish(instance, address(25), origin);
  const vsthrottle = await bareVarnish(instance, address(26), origin, refused);

  const inner = { cache, bareChain: varnish, nginxTwice: nginx, relay, limitReq, vsthrottle };
  const ports = Object.fromEntries(Object.keys(inner).map((name, n) => [name, 8444 + n]));
  const front = await bareNginx(instance, address(250), [
    `ssl_certificate "${CERTS}/edge.crt";`,
    `ssl_certificate_key "${CERTS}/edge.key";`,
    `server { listen ${address(250)}:8443 ssl; ${answering(word)} }`,
    ...Object.entries(inner).flatMap(([name, way]) => [
      upstream(name, way),
      `server { listen ${address(250)}:${ports[name]} ssl; location / { proxy_pass http://${name}; } }`,
    ]),
  ]);
  const bare = (name: keyof typeof inner, ...more: Way[]): Way => ({
    at: `${address(250)}:${ports[name]}`,
    pids: [front, inner[name], ...more].flatMap(({ pids }) => pids),
  });
  const chain = await edgeAt(12, cache);
  for (const way of [bare('vsthrottle'), bare('limitReq')]) await ask(way);
  return {
    chain,
    bareChain: bare('bareChain'),
    edge: await edgeAt(14, nginx),
    cache: bare('cache'),
    nginxTwice: bare('nginxTwice'),
    nginx: { at: `${address(250)}:8443`, pids: front.pids },
    chainAndOrigin: { at: chain.at, pids: [...chain.pids, ...origin.pids] },
    bareChainAndOrigin: bare('bareChain', origin),
    nginxTwiceAndOrigin: bare('relay', origin),
    limited,
    vsthrottle: bare('vsthrottle'),
    limitReq: bare('limitReq'),
  };
}

async function ask({ at }: Way) {
  const asked = request(`https://${at}${cachedPath}`, { rejectUnauthorized: false, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

/** What is said beyond a limit of one request. */
async function refusalBy(way: Way): Promise<Answer> {
  await ask(way);
  const { status, headers, body } = await ask(way);
  if (status !== 429) throw new Error(`the limit was not reached: ${status}`);
  const ofTheConnection = ['date', 'server', 'connection', 'content-length'];
  const said = Object.entries(headers).filter(([name]) => !ofTheConnection.includes(name));
  return { status, headers: Object.fromEntries(said) as Record<string, string>, body };
}
