import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { assertRoom, assertSupported, freeMebibytes, pathOf } from './machine.mjs';
import { causeOf } from './run.mjs';

const machine = { platform: 'linux', arch: 'x64', path: pathOf(process.env) };

describe(assertSupported, () => {
  it('takes Debian on x64 and arm64', () => {
    assertSupported(machine);
    assertSupported({ ...machine, arch: 'arm64' });
  });
  it.each([
    [
      { platform: 'darwin' },
      'Natively Almanac runs on Debian and Ubuntu, not on darwin. There are no container images yet: elsewhere, take a virtual machine with one of these.',
    ],
    [{ platform: 'win32' }, 'not on win32. There are no container images yet'],
    [{ arch: 'riscv64' }, 'Natively Almanac runs on x64 and arm64 processors, not on riscv64.'],
    [{ path: '/no/such/folder' }, 'This system has no apt-get: natively Almanac runs on Debian and Ubuntu.'],
  ])('refuses %j in one sentence', (more, message) => {
    expect(() => assertSupported({ ...machine, ...more })).toThrow(message);
  });
});

describe(assertRoom, () => {
  it('says how much is missing', () => {
    const free = freeMebibytes(tmpdir());
    expect(free).toBeGreaterThan(0);
    expect(() => assertRoom(tmpdir(), free * 2)).toThrow(
      /^The disk of .* has \d+ MiB left, Almanac needs \d+ MiB\. Make room/,
    );
    assertRoom(tmpdir(), 1);
  });
});

describe(causeOf, () => {
  it.each([
    ['npm error code ENOSPC', 'the disk is full'],
    ['dpkg: error: write failed: No space left on device', 'the disk is full'],
    ['npm error code EAI_AGAIN', 'there is no network'],
    ['npm error code E404\nnpm error network request failed, reason: getaddrinfo ENOTFOUND', 'there is no network'],
    ['W: Failed to fetch http://x  Temporary failure resolving', 'there is no network'],
    ['npm error code EACCES', 'files belong to another user'],
    ['E: Unable to locate package varnish', 'apt sources do not have a package'],
    ['E: Could not get lock /var/lib/dpkg/lock-frontend', 'another program is installing packages'],
  ])('reads %j', (output, cause) => expect(causeOf(output)).toContain(cause));
  it('does not guess', () => expect(causeOf('npm error code EUSAGE')).toBeUndefined());
});
