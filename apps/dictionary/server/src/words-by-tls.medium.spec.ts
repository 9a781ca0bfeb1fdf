import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { join } from 'node:path';
import { Authority, loopback, until, type ServiceProcess } from '@almanac/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readWordsIdentity } from './dictionary.config.ts';
import { startServer } from './testing/server.fixture.ts';

const host = loopback().address();
const { sha256 } = readWordsIdentity();
const whole = readFileSync(join(import.meta.dirname, '../dist/data', `words-${sha256}`));

describe('a replica of the dictionary whose words come by TLS', () => {
  // Both authorities have one name.
  const [ours, other] = [new Authority(), new Authority()];
  let origin: ReturnType<typeof createServer>;
  let server: ServiceProcess;
  beforeAll(async () => {
    const pair = { cert: readFileSync(ours.certFile), key: readFileSync(ours.keyFile) };
    origin = createServer({ ...pair, minVersion: 'TLSv1.3' }, (_, response) => response.end(whole));
    origin.listen(8443, host);
    await once(origin, 'listening');
  });
  afterEach(() => server.end('SIGKILL'));
  afterAll(() => {
    origin.close().closeAllConnections();
    for (const authority of [ours, other]) authority[Symbol.dispose]();
  });
  const start = (environment: Record<string, string>) =>
    (server = startServer({
      WORDS_URL: `https://${host}:8443/data`,
      WORDS_CERT_NAME: ours.name,
      ...environment,
    }));

  it('has them from whom its authority vouches for', async () => {
    start({ WORDS_CA_FILE: ours.caFile });
    await server.ready();
    expect((await fetch(`${server.url}/api/dictionary/words/dog`)).status).toBe(200);
  });

  it.each([
    ['another authority, though of the same name', { WORDS_CA_FILE: other.caFile }, 'certificate'],
    ['the authorities of the world only', {}, 'certificate'],
    ['its authority, for another name', { WORDS_CA_FILE: ours.caFile, WORDS_CERT_NAME: 'edge.localhost' }, 'edge'],
    ['an authority that is not there', { WORDS_CA_FILE: `${ours.caFile}.none` }, 'ca.crt.none'],
  ])('is not ready by %s', async (_, environment, reason) => {
    start(environment);
    let waitingFor = '';
    await until(async () => {
      const answer = await fetch(`${server.adminUrl}/readyz`);
      waitingFor = ((await answer.json()) as { waitingFor: { words: string } }).waitingFor.words;
      return waitingFor !== 'starting';
    }, 'it has tried');
    expect(waitingFor).toContain('no words from');
    expect(waitingFor).toContain(reason);
    expect(await server.isReady()).toBe(false);
  });
});
