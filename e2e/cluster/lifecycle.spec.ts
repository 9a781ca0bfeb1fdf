import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@almanac/testing';
import { makeNamespace } from '../cluster.ts';
import { isReady, kubectl, root } from '../kube.ts';
import { renew, shownBy, type Asker } from './certificates.ts';
import { loadFromPod } from './load-pod.ts';
import { Release } from './release.ts';
import { report } from './report.ts';

const { CLUSTER_TAG: tag = '0.1.0', CLUSTER_FROM_TAG: fromTag = tag, CLUSTER_FROM_CHART: fromChart } = process.env;
const chart = join(root, 'charts/almanac');
const namespace = `almanac-life-${randomBytes(3).toString('hex')}`;

/** Does something while visitors look words up, and says what became of their requests. */
const underLoad = async (release: Release, what: string, act: () => Promise<unknown>) => {
  const image = `almanac/web:${tag}`;
  const visitors = await loadFromPod({ namespace, release: release.name, image });
  await act();
  await visitors.answered(100);
  const { answers, failed, failures, seconds } = await visitors.stop();
  if (failed > 0) {
    const edges = (await release.pods('edge')).map(({ metadata }) =>
      release.kubectl('logs', metadata.name, '--tail=50'),
    );
    console.log((await Promise.all(edges)).join('\n'));
  }
  report(`- ${what}: ${failed} of ${answers} requests failed, ${Math.round(answers / seconds)} a second`);
  return failures;
};

describe('a release', () => {
  const release = new Release({ namespace, name: 'life', chart: fromChart ?? chart, tag: fromTag });
  beforeAll(() => makeNamespace(namespace));
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  it('is installed, and ready soon', async () => {
    const seconds = await release.install();
    report(`- from install to ready, images there: ${seconds.toFixed(1)} s (aim 60)`);
    await release.settled();
    expect(await release.objects()).toEqual(
      expect.arrayContaining(['service/life-edge', 'statefulset.apps/life-cache']),
    );
  });

  it('passes helm test', async () => {
    expect(await release.test()).toMatch(/Phase:\s+Succeeded/);
  });

  it('is upgraded under load without a failed request', async () => {
    const from =
      fromChart && fromChart !== chart ? 'the last commit that changed charts or images' : `another tag, ${fromTag}`;
    const before = (await release.pods()).map(({ metadata }) => metadata.uid);
    // The visitors were there before the release had a secret for them.
    const unlimited = { 'cache.rates.anonymous.burst': '1000000', 'cache.rates.anonymous.refill': '1ms' };
    const act = () => release.upgrade({ 'global.images.tag': tag, 'global.faults': 'true', ...unlimited }, { chart });
    expect(await underLoad(release, `upgrade from ${from}`, act)).toEqual([]);
    const after = await release.pods();
    expect(after.some(({ metadata }) => before.includes(metadata.uid))).toBe(false);
  });

  it('is rolled back under load without a failed request', async () => {
    expect(await underLoad(release, 'rollback', () => release.rollback())).toEqual([]);
    const [web] = await release.pods('web');
    expect(web!.spec.containers[0]!.image).toBe(`almanac/web:${fromTag}`);
    await release.upgrade({ 'global.images.tag': tag }, { chart });
  });

  it('is restarted under load, tier by tier, without a failed request', async () => {
    const before = new Set((await release.pods()).map(({ metadata }) => metadata.uid));
    expect(await underLoad(release, 'rolling restart of every tier', () => release.rollingRestart())).toEqual([]);
    expect((await release.pods()).filter(({ metadata }) => before.has(metadata.uid))).toEqual([]);
  });

  it('shows renewed certificates, each tier by itself, without a restart or a failed request or handshake', async () => {
    const restarts = async () =>
      (await release.pods()).map(({ metadata, status }) => [metadata.uid, status.containerStatuses![0]!.restartCount]);
    const before = await restarts();
    const failed: unknown[] = [];
    const act = async () => {
      const [dictionary] = await release.pods('dictionary');
      const askers: Record<string, Asker> = {
        edge: { pod: 'visitors', caFile: '/ca/ca.crt', servername: 'life-edge' },
        web: { pod: dictionary!.metadata.name, caFile: '/certs/ca.crt', servername: 'life-web' },
      };
      for (const [component, asker] of Object.entries(askers)) {
        const beganMs = performance.now();
        const renewed = await renew(release, component);
        const pods = await release.pods(component);
        const isShown = async () => {
          const shown = pods.map((pod) =>
            shownBy(pod, namespace, asker).catch((error: unknown) => void failed.push(error)),
          );
          return (await Promise.all(shown)).every((one) => one === renewed);
        };
        await until(isShown, `${component} shows the renewed certificate`, 180_000);
        const seconds = (performance.now() - beganMs) / 1000;
        report(`- a renewed certificate, from the Secret to the last replica of ${component}: ${seconds.toFixed(0)} s`);
      }
    };
    expect(await underLoad(release, 'renewal of the certificates', act)).toEqual([]);
    expect(failed).toEqual([]);
    expect(await restarts()).toEqual(before);
  });

  it('gives every pod back that a drain evicts, one at a time, without a failed request', async () => {
    let refused = 0;
    const evictAll = async () => {
      for (const pod of await release.pods()) refused += await release.evict(pod);
      await release.settled();
    };
    expect(await underLoad(release, 'eviction of every pod', evictAll)).toEqual([]);
    expect(refused).toBeGreaterThan(0);
    report(`  - budgets refused ${refused} evictions until the pods before were back`);
  });

  it.each(['dictionary', 'cache', 'web'])('goes on when a pod of %s is killed', async (component) => {
    const kill = async () => {
      const [pod] = await release.pods(component);
      await release.kubectl('delete', 'pod', pod!.metadata.name, '--grace-period=0', '--force');
      await until(async () =>
        (await release.pods(component)).every(({ metadata }) => metadata.uid !== pod!.metadata.uid),
      );
      await release.settled();
    };
    expect(await underLoad(release, `a pod of ${component} killed`, kill)).toEqual([]);
  });

  it('goes on when an edge is killed: only what was under way there is lost', async () => {
    const kill = async () => {
      const [pod] = await release.pods('edge');
      await release.kubectl('delete', 'pod', pod!.metadata.name, '--grace-period=0', '--force');
      await release.settled();
    };
    const failures = await underLoad(release, 'an edge killed', kill);
    expect(failures.length).toBeLessThanOrEqual(8); // One for each visitor.
  });

  it.each([
    ['an image that is not there', { 'dictionary.image.tag': 'none' }, 'dictionary', /ImagePull|ErrImage/],
    ['a crash loop', { 'dictionary.env.MAX_BODY_BYTES': 'much' }, 'dictionary', /MAX_BODY_BYTES is "much"/],
    ['a cache that is not there', { 'cache.image.tag': 'none' }, 'cache', /ImagePull|ErrImage/],
    ['an edge that cannot start', { 'edge.image.tag': 'none' }, 'edge', /ImagePull|ErrImage/],
  ])('survives an upgrade to %s, and says what is wrong', async (what, values, component, sign) => {
    /** What the cluster says of pods that are not as they should be: others' troubles of before do not count. */
    const said = async () => {
      const broken = (await release.pods(component))
        .filter((pod) => !isReady(pod))
        .map(({ metadata }) => metadata.name);
      const events = (await release.events()).split('\n').filter((line) => broken.some((name) => line.includes(name)));
      const logs = broken.map((name) => release.kubectl('logs', name, '--tail=20').catch(() => ''));
      return sign.test([...events, ...(await Promise.all(logs))].join('\n'));
    };
    const act = async () => {
      await release.upgrade({ 'global.images.tag': tag, ...values }, { chart, wait: false });
      await until(said, `${String(sign)} in events or logs`, 120_000);
      await release.rollback();
    };
    expect(await underLoad(release, `an upgrade to ${what}, and back`, act)).toEqual([]);
  });

  it('goes on with a replica that has no words, which says so', async () => {
    const act = async () => {
      const [web] = await release.pods('web');
      await release.kubectl('scale', 'deployment/life-web', '--replicas=0');
      await release.kubectl('wait', '--for=delete', '--timeout=60s', `pod/${web!.metadata.name}`);
      const [pod] = await release.pods('dictionary');
      await release.kubectl('delete', 'pod', pod!.metadata.name, '--wait=false');
      const isSaid = async () => {
        const [broken] = (await release.pods('dictionary')).filter((one) => !isReady(one));
        const { name } = broken!.metadata;
        const events = (await release.events()).split('\n').filter((line) => line.includes(name));
        const isInEvents = events.some((line) => line.includes('Readiness probe failed'));
        return isInEvents && (await release.kubectl('logs', name)).includes('no words yet');
      };
      await until(isSaid, 'events and log say so', 60_000);
      await release.kubectl('scale', 'deployment/life-web', '--replicas=1');
      await release.settled();
    };
    expect(await underLoad(release, 'a dictionary without words', act)).toEqual([]);
  });

  it('has the figures of a page: memory of each pod, answers in a second', async () => {
    const pods = await release.pods();
    const top = await until(
      async () => {
        const text = await release.kubectl('top', 'pod', '--no-headers').catch(() => '');
        return pods.every(({ metadata }) => text.includes(metadata.name)) && text;
      },
      'figures of the metrics server',
      120_000,
    );
    for (const line of top.trim().split('\n')) report(`- memory: ${line.replace(/\s+/g, ' ')}`);
    const visitors = await loadFromPod({
      namespace,
      release: release.name,
      image: `almanac/web:${tag}`,
      visitors: 32,
      pauseMs: 0,
    });
    await visitors.answered(5_000);
    const { answers, failures, seconds } = await visitors.stop();
    expect(failures).toEqual([]);
    report(`- through the edge, 32 visitors, half of the words new: ${Math.round(answers / seconds)} answers a second`);
  });

  it('leaves nothing when it is uninstalled', async () => {
    await release.uninstall();
    await until(async () => (await release.objects()).length === 0, 'nothing left', 60_000);
    expect(await release.objects()).toEqual([]);
  });
});
