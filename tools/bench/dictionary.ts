import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyAnswer } from './bare-server.ts';
import { Instance } from './instance.ts';
import { assertTools, compare, interleaved, pinServers, type Target } from './load.ts';
import { pssMiB, stopWithUs } from './processes.ts';
import { runRendered, serviceOf } from './rendered.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 4);
const wordsPerLetter = 40;
const memoryAimMiB = 600;
const readyAimSeconds = 15;
/** Among the words, so that nginx treats it as one. */
const syntheticPath = '/api/dictionary/words/synthetic-answer';

/** A replica against bare node:http, and a cached look-up against a synthetic answer. */
export async function bench(): Promise<boolean> {
  assertTools();
  const instance = new Instance();
  stopWithUs(instance);
  try {
    console.log('Starting the system twice: the second time is warm.');
    await instance.start();
    await instance.stopSystem();
    const readySeconds = await instance.start();
    const pids = await instance.pids();
    const memory = [memoryOf(pids)];
    const answers = await readyAnswers(`http://${instance.net}.41:8080`);
    const isReplicaFast = await replica(instance, pids.get('dictionary-1')!, answers);
    const isCacheFast = await cachedLookUp(instance, answers);
    memory.push(memoryOf(pids));
    printMemory(memory);
    console.log(`ready, warm: ${readySeconds.toFixed(1)} s (aim: at most ${readyAimSeconds} s)`);
    return isReplicaFast && isCacheFast;
  } finally {
    await instance.stop();
  }
}

/** The most used words of each letter with the answers that a replica gives, without what each connection adds. */
async function readyAnswers(replica: string): Promise<ReadyAnswer[]> {
  const answers: ReadyAnswer[] = [];
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
    const query = `prefix=${letter}&limit=${wordsPerLetter}`;
    const { words } = (await (await fetch(`${replica}/api/dictionary/words?${query}`)).json()) as { words: string[] };
    for (const word of words) {
      const path = `/api/dictionary/words/${encodeURIComponent(word)}`;
      const answer = await fetch(replica + path);
      if (answer.status !== 200) throw new Error(`${path} is ${answer.status}`);
      const headers = Object.fromEntries(answer.headers);
      for (const name of ['date', 'connection', 'keep-alive']) delete headers[name];
      answers.push({ path, headers, body: await answer.text() });
    }
  }
  return answers;
}

async function replica(instance: Instance, pid: number, answers: ReadyAnswer[]): Promise<boolean> {
  const { net, state } = instance;
  const [answersFile, paths] = [join(state, 'answers.json'), join(state, 'paths')];
  writeFileSync(answersFile, JSON.stringify(answers));
  writeFileSync(paths, answers.map(({ path }) => `${path}\n`).join(''));
  const address = `${net}.250`;
  const server = ['node', join(import.meta.dirname, 'bare-server.ts'), address, answersFile];
  const { NODE_OPTIONS = '' } = serviceOf('dictionary-1', instance).environment;
  const bare = await instance.run(server, { NODE_OPTIONS }, `http://${address}:8080/`);
  pinServers([pid, bare]);
  const targets: Target[] = [
    { name: 'a replica, everything on', url: `http://${net}.41:8080`, paths, pids: [pid] },
    { name: 'bare node:http from a Map', url: `http://${address}:8080`, paths, pids: [bare] },
  ];
  const bytes = Math.round(meanBytes(answers));
  console.log(
    `\n${answers.length} words in turn of ${bytes} bytes on average, the same bytes and headers, 32 connections`,
  );
  return compare(targets, await interleaved(targets, rounds, seconds), 0.6, 0.75);
}

/** An edge and a cache of their own, rendered from the product's templates; only the cache has one rule more. */
async function cachedLookUp(instance: Instance, answers: ReadyAnswer[]): Promise<boolean> {
  const { net, state } = instance;
  const distance = ({ body }: ReadyAnswer) => Math.abs(Buffer.byteLength(body) - meanBytes(answers));
  const word = answers.reduce((best, answer) => (distance(answer) < distance(best) ? answer : best));
  const [edge, cache] = [`${net}.12`, `${net}.23`];
  const cachePid = await runRendered(instance, 'cache-1', cache, {}, (conf) => {
    const vcl = join(conf, 'default.vcl');
    writeFileSync(vcl, withSyntheticAnswer(readFileSync(vcl, 'utf8'), word));
  });
  const edgePid = await runRendered(instance, 'edge', edge, {
    PUBLISHED: edge,
    CACHES: `${cache}:8080`,
    CONNECTIONS: '1024',
  });
  const target = (name: string, path: string): Target => {
    const paths = join(state, `path-${name.split(' ')[0]!}`);
    writeFileSync(paths, `${path}\n`);
    return { name, url: `https://${edge}:8443`, paths, pids: [edgePid, cachePid] };
  };
  const targets = [target('cached look-up', word.path), target('synthetic answer', syntheticPath)];
  const bytes = Buffer.byteLength(word.body);
  console.log(`Through nginx (TLS) and Varnish, ${bytes} bytes, the same headers, 32 connections`);
  return compare(targets, await interleaved(targets, rounds, seconds), 0.9, 0.9);
}

const meanBytes = (answers: ReadyAnswer[]) =>
  answers.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) / answers.length;

/** The product's VCL with a rule in front: this path is answered by Varnish itself, with the headers of a word. */
function withSyntheticAnswer(vcl: string, { headers, body }: ReadyAnswer): string {
  const marker = 299;
  const set = Object.entries(headers)
    .filter(([name]) => name !== 'content-length')
    .map(([name, value]) => `set resp.http.${name} = {"${value}"};`);
  const rules = {
    vcl_recv: `if (req.url == "${syntheticPath}") { return (synth(${marker})); }`,
    vcl_synth: `if (resp.status == ${marker}) {
      set resp.status = 200; set resp.reason = "OK"; ${set.join(' ')}
      set resp.body = {"${'x'.repeat(Buffer.byteLength(body))}"}; return (deliver);
    }`,
  };
  return Object.entries(rules).reduce((text, [sub, rule]) => {
    const start = `sub ${sub} {\n`;
    if (!text.includes(start)) throw new Error(`the VCL has no ${sub}`);
    return text.replace(start, () => start + rule + '\n');
  }, vcl);
}

const memoryOf = (pids: Map<string, number>) => new Map([...pids].map(([name, pid]) => [name, pssMiB(pid)]));

function printMemory([ready, loaded]: Map<string, number>[]): void {
  console.log('memory (PSS), MiB       ready   after the load');
  const line = (name: string, before: number, after: number) =>
    console.log(name.padEnd(22) + before.toFixed(0).padStart(7) + after.toFixed(0).padStart(17));
  for (const [name, before] of ready!) line(name, before, loaded!.get(name)!);
  const sum = (memory: Map<string, number>) => [...memory.values()].reduce((a, b) => a + b, 0);
  line('in all', sum(ready!), sum(loaded!));
  console.log(`(aim: at most ${memoryAimMiB})\n`);
}
