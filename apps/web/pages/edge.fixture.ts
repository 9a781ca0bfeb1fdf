import { Completion, examples, Word, WordNotFound } from '@almanac/contracts-dictionary';
import { LookUp, RecentLookUps } from '@almanac/contracts-recent';
import { loopback } from '@almanac/testing';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { startWeb } from '../src/web.fixture.ts';

const { source } = examples.word;

const dog: Word = {
  word: 'dog',
  senses: [
    {
      partOfSpeech: 'noun',
      definition:
        'a member of the genus Canis (probably descended from the common wolf) that has been domesticated by man since prehistoric times; occurs in many breeds',
      examples: ['the dog barked all night'],
      synonyms: ['domestic dog', 'Canis familiaris'],
    },
    { partOfSpeech: 'noun', definition: 'informal term for a man', examples: ['you lucky dog'], synonyms: [] },
    {
      partOfSpeech: 'noun',
      definition: 'someone who is morally reprehensible',
      examples: ['you dirty dog'],
      synonyms: ['cad', 'bounder', 'blackguard', 'hound', 'heel'],
    },
    {
      partOfSpeech: 'noun',
      definition: 'a smooth-textured sausage of minced beef or pork usually smoked; often served on a bread roll',
      examples: [],
      synonyms: ['frank', 'frankfurter', 'hotdog', 'hot dog', 'wiener', 'wienerwurst', 'weenie'],
    },
    {
      partOfSpeech: 'noun',
      definition:
        'a hinged catch that fits into a notch of a ratchet to move a wheel forward or prevent it from moving backward',
      examples: [],
      synonyms: ['pawl', 'detent', 'click'],
    },
    {
      partOfSpeech: 'noun',
      definition: 'metal supports for logs in a fireplace',
      examples: ['the andirons were too hot to touch'],
      synonyms: ['andiron', 'firedog', 'dog-iron'],
    },
    {
      partOfSpeech: 'noun',
      definition: 'a cover for the last of seven meanings',
      examples: [],
      synonyms: [],
    },
    {
      partOfSpeech: 'verb',
      definition: 'go after with the intent to catch',
      examples: ['The policeman chased the mugger down the alley', 'the dog chased the rabbit'],
      synonyms: ['chase', 'chase after', 'trail', 'tail', 'tag', 'give chase', 'go after', 'track'],
    },
  ],
  source,
};
const saw: Word = {
  word: 'saw',
  senses: [
    { partOfSpeech: 'noun', definition: 'hand tool having a toothed blade for cutting', examples: [], synonyms: [] },
  ],
  baseForms: ['see'],
  source,
};
const leave: Word = {
  word: 'leave',
  senses: [{ partOfSpeech: 'verb', definition: 'go away from a place', examples: [], synonyms: [] }],
  baseForms: ['leave', 'leaf'],
  source,
};
const iceCream: Word = { word: 'ice cream', senses: leave.senses, source };
const eclair: Word = { ...iceCream, word: 'eclair' };
const oeuvre: Word = { ...iceCream, word: 'oeuvre' };
const polish: Word = {
  word: 'polish',
  senses: [
    { partOfSpeech: 'verb', definition: 'make (a surface) shine', examples: ['polish my shoes'], synonyms: ['shine'] },
    { partOfSpeech: 'noun', definition: 'a preparation used in polishing', examples: [], synonyms: [] },
    {
      partOfSpeech: 'noun',
      spelling: 'Polish',
      definition: 'the Slavic language of Poland',
      examples: [],
      synonyms: [],
    },
    {
      partOfSpeech: 'adjective',
      spelling: 'Polish',
      definition: 'of or relating to Poland or its people or culture',
      examples: ['Polish sausage'],
      synonyms: [],
    },
  ],
  source,
};
const am: Word = {
  word: 'Am',
  senses: [
    { partOfSpeech: 'noun', definition: 'a radioactive metallic element', examples: [], synonyms: ['americium'] },
    { partOfSpeech: 'noun', spelling: 'AM', definition: 'a master’s degree', examples: [], synonyms: ['MA'] },
  ],
  baseForms: ['be'],
  source,
};
const hostile: Word = {
  word: '<img src=x onerror=alert(1)>',
  senses: [
    { partOfSpeech: 'noun', definition: '<b>bold</b>', examples: ['<script>alert(1)</script>'], synonyms: ['"><i>'] },
  ],
  source,
};
const words = new Map(
  [
    ['dog', dog],
    ['dogs', dog],
    ['DOG', dog],
    ['saw', saw],
    ['saws', saw],
    ['leaves', leave],
    ['Ice_Cream', iceCream],
    ['ice-cream', iceCream],
    ['éclair', eclair],
    ['œuvre', oeuvre],
    ['polish', polish],
    ['Polish', polish],
    ['POLISH', polish],
    ['polishes', polish],
    ['AM', am],
    ['Mecca', examples.wordOfTwoSpellings],
    [hostile.word, hostile],
    ['definitely', dog],
  ].map(([key, word]) => [key as string, Word.parse(word)]),
);
const completions = ['dog', 'dogma', 'dogged', 'dog days', 'dogsbody', 'dogfish', 'dogwood', 'dog-eared'];

/** What stands in for the chain before the pages: one host with the built server and a dictionary told what to do. */
export class Edge {
  /** `refused`: more was asked for than one may; `down`: no replica answers; `stale`: the cache has old copies only; `lost`: the connection breaks. */
  mode: 'up' | 'refused' | 'down' | 'stale' | 'lost' = 'up';
  readonly asked: string[] = [];
  readonly #cached = new Set<string>();

  /** What the replica `recent-2` remembers, of its one visitor. */
  recent: string[] = [];

  reset(): void {
    this.mode = 'up';
    this.recent = [];
    this.asked.length = 0;
    this.#cached.clear();
  }

  static async start(): Promise<Edge & { url: string; stop(): Promise<void> }> {
    const web = await startWeb();
    const edge = new Edge();
    const host = loopback().address();
    const server = createServer((from, to) => {
      to.setHeader('X-Edge', 'edge');
      if (from.url === '/api/dictionary/recent') void edge.#remember(from, to);
      else if (from.url!.startsWith('/api/')) edge.#answer(from, to);
      else forward(web.url, from, to);
    }).listen(8080, host);
    await once(server, 'listening');
    const stop = async () => {
      server.closeAllConnections();
      server.close();
      await web.stop();
    };
    return Object.assign(edge, { url: `http://${host}:8080`, stop });
  }

  async #remember(from: IncomingMessage, to: ServerResponse): Promise<void> {
    if (this.mode === 'lost') return void to.destroy();
    if (this.mode === 'down') return void to.writeHead(503).end();
    to.setHeader('X-Served-By', 'recent-2').setHeader('Cache-Control', 'private, no-store');
    if (from.method === 'DELETE') {
      this.recent = [];
      return void to.writeHead(204).end();
    }
    if (from.method === 'POST') {
      const { word } = LookUp.parse(await json(from));
      this.recent = [word, ...this.recent.filter((other) => other !== word)];
    }
    to.writeHead(200, { 'content-type': 'application/json' });
    to.end(JSON.stringify(RecentLookUps.parse({ words: this.recent })));
  }

  #answer({ url }: IncomingMessage, to: ServerResponse): void {
    this.asked.push(url!);
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      to.writeHead(status, {
        'content-type': type,
        'cache-control': status < 400 ? 'max-age=300' : 'no-store',
        ...headers,
      }).end(JSON.stringify(body));
    };
    if (this.mode === 'lost') return void to.destroy();
    if (this.mode === 'refused') {
      return send(429, { type: 'about:blank', title: 'Too Many Requests', status: 429 }, { 'retry-after': '1' });
    }
    if (this.mode === 'down') {
      return send(503, { type: 'about:blank', title: 'Service Unavailable', status: 503 }, { 'retry-after': '1' });
    }
    const { pathname, searchParams } = new URL(url!, 'http://edge');
    const way = this.#way(url!);
    if (searchParams.has('prefix')) {
      const matching = completions.filter((word) => word.startsWith(searchParams.get('prefix')!.toLowerCase()));
      return send(200, Completion.parse({ words: matching.slice(0, Number(searchParams.get('limit'))) }), way);
    }
    const word = words.get(decodeURIComponent(pathname.split('/').at(-1)!));
    if (word) return send(200, word, way);
    const suggestions = pathname.endsWith('definately') ? ['definitely', 'delicately'] : [];
    send(404, WordNotFound.parse({ ...examples.wordNotFound, suggestions }), way);
  }

  /** The headers that the cache and the replica add: the first answer is made, the next ones are kept ones. */
  #way(url: string): Record<string, string> {
    const served = { 'X-Served-By': 'dictionary-2' };
    if (this.mode === 'stale') return { ...served, 'Cache-Status': 'cache-1; hit; ttl=-180; detail=stale', Age: '240' };
    if (this.#cached.has(url)) return { ...served, 'Cache-Status': 'cache-1; hit; ttl=18', Age: '42' };
    this.#cached.add(url);
    return { ...served, 'Cache-Status': 'cache-1; fwd=miss; stored', Age: '0' };
  }
}

function forward(base: string, from: IncomingMessage, to: ServerResponse): void {
  const { method, headers } = from;
  request(base + from.url, { method: method!, headers }, (answer) => {
    to.writeHead(answer.statusCode!, { ...answer.headers, 'Cache-Status': 'cache-1; hit; ttl=31', Age: '29' });
    answer.pipe(to);
  }).end();
}
