// What is different on Kubernetes: a Service's one address stands for all replicas, and the kubelet's probes decide which get
// requests; servers are told to end while others still send to them.
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chain, type ChainOptions } from './chain.ts';

describe('the edge and the caches in front of Services', () => {
  let chain: Chain;
  const start = async (options: ChainOptions) => (chain = await Chain.start(options));
  afterEach(() => chain.stop());

  it('ask what they do not probe, whatever it says about itself', async () => {
    await start({ environment: { PROBED: '' }, settled: false });
    for (const origin of chain.origins) origin.ready = false;
    const { status } = await chain.client.call('/api/dictionary/words/dog');
    expect(status).toBe(200);
    expect(chain.origins.flatMap(({ received }) => received).filter(({ url }) => url === '/readyz')).toEqual([]);
  });

  it('ask nobody who is not ready where they probe (control)', async () => {
    await start({ environment: { PROBED: 'dictionary' }, settled: false });
    for (const origin of chain.origins) origin.ready = false;
    let n = 0; // Another word each time: what has been answered is kept.
    await until(async () => (await chain.client.call(`/api/dictionary/words/w${n++}`)).status === 503);
  });

  /** What a visitor gets where the first seven tries reach a replica that is just dying. */
  const afterSevenBroken = async (PROBED: string) => {
    await start({ environment: { PROBED }, settled: false });
    let tries = 0;
    for (const replica of chain.replicas) {
      const { answerWell } = replica;
      replica.answer = (response, request) =>
        ++tries > 7 ? answerWell(response, request) : response.socket?.resetAndDestroy();
    }
    const { status } = await chain.client.call('/api/dictionary/words/dog');
    return { status, tries };
  };

  it('try again until a try reaches a replica that lives', async () => {
    expect(await afterSevenBroken('recent')).toEqual({ status: 200, tries: 8 });
  });

  it('give up after three tries where each replica is known (control)', async () => {
    expect(await afterSevenBroken('dictionary recent')).toEqual({ status: 503, tries: 3 });
  });

  it('send to the port that visitors use, not to the one that is bound', async () => {
    await start({ environment: { PUBLIC_HTTPS_PORT: '443' }, cachesStarted: false });
    const location = await fetch(`http://${chain.net}.11:8080/words/dog`, { redirect: 'manual' });
    expect(location.headers.get('location')).toBe(`https://${chain.net}.11/words/dog`);
  });

  it('say close on every connection of a cache that is about to end, and only then', async () => {
    await start({ withEdge: false });
    const draining = join(chain.caches[0]!.environment['STATE']!, 'draining');
    const connection = async () => (await chain.direct(1).call('/api/dictionary/words/dog')).headers.connection;
    expect(await connection()).not.toBe('close');
    writeFileSync(draining, '');
    expect(await connection()).toBe('close');
    rmSync(draining);
    expect(await connection()).not.toBe('close');
  });
});
