import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { smallWords } from './testing/small-words.ts';
import { WordsFile } from './words-file.ts';
import { download, verify } from './words-loader.ts';

const whole = Buffer.from(smallWords());
const sha256 = createHash('sha256').update(whole).digest('hex');

describe(download, () => {
  let close: (() => void) | undefined;
  afterEach(() => close?.());

  const originOf = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => server.close().closeAllConnections();
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/words`;
  };
  const from = async (listener: RequestListener, timeoutMs = 10_000) =>
    download(await originOf(listener), whole.length, { timeoutMs, signal: new AbortController().signal });

  it('gives the file and its checksum', async () => {
    const file = await from((_, response) => response.end(whole));
    expect(file.sha256).toBe(sha256);
    expect(Buffer.from(file.buffer).equals(whole)).toBe(true);
  });

  it('refuses any answer but 200', async () => {
    for (const status of [204, 206, 404, 500]) {
      await expect(from((_, response) => response.writeHead(status).end())).rejects.toThrow(`the answer is ${status}`);
      close!();
    }
    await expect(from((_, response) => response.writeHead(302, { location: '/words' }).end())).rejects.toThrow();
  });

  it('refuses a file that ends early, whether the origin says so or breaks off', async () => {
    await expect(from((_, response) => response.end(whole.subarray(8)))).rejects.toThrow('the file ends after');
    close!();
    const breaksOff: RequestListener = (_, response) => {
      response
        .writeHead(200, { 'content-length': whole.length })
        .write(whole.subarray(0, 100), () => response.destroy());
    };
    await expect(from(breaksOff)).rejects.toThrow();
  });

  it('takes no byte beyond the size, and does not read an endless answer', async () => {
    await expect(from((_, response) => response.end(Buffer.concat([whole, Buffer.alloc(1)])))).rejects.toThrow(
      'more than',
    );
    close!();
    let closed: Promise<void>;
    const endless: RequestListener = (_, response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    };
    await expect(from(endless)).rejects.toThrow('more than');
    await closed!;
  });

  it('gives up a stalled answer when its time is over', async () => {
    await expect(from((_, response) => response.write('a'), 200)).rejects.toMatchObject({ kind: 'timeout' });
  });
});

describe(verify, () => {
  // A letter in a definition: nothing about the file's form is wrong.
  const corrupt = Buffer.from(whole);
  corrupt[corrupt.indexOf('barks')] = 'd'.charCodeAt(0);
  const file = { buffer: new Uint8Array(corrupt).buffer, sha256: createHash('sha256').update(corrupt).digest('hex') };

  it('refuses a file whose bytes are not the ones that were built', () => {
    expect(() => verify(file, sha256)).toThrow(`the file has the checksum ${file.sha256}`);
  });

  it('is what refuses it: without, the same file would be served', () => {
    const words = new WordsFile(file.buffer);
    expect(words.answer(words.find('dog'))).toContain('an animal that darks');
  });
});
