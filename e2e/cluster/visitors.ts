// What the load pod runs: visitors inside the cluster, until it is told to end. One JSON line a second, the last one whole.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { load } from '../load.ts';

const { EDGE: url = '', CA = '', LOAD_SECRET = '', VISITORS = '8', PAUSE_MS = '20' } = process.env;
const words = readFileSync(new URL('words.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
// Each word is asked for twice, so half of the answers come from the caches and half need a dictionary.
const path = (n: number) => `/api/dictionary/words/${words[Math.floor(n / 2) % words.length]}`;
const edge = { url, ca: readFileSync(CA, 'utf8'), loadSecret: LOAD_SECRET };

const beganMs = performance.now();
const running = load(edge, path, { visitors: Number(VISITORS), pauseMs: Number(PAUSE_MS) });
const say = (tally: object) =>
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - beganMs) / 1000, ...tally })}\n`);

const saying = setInterval(() => say(running.tally), 1000);
await once(process, 'SIGTERM');
clearInterval(saying);
say({ ...(await running.stop()), over: true });
