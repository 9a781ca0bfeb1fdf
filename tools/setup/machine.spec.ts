import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { render } from '../render/render.ts';
import { assertPath, assertRoom, assertSupported, freeMebibytes, pathOf, shellWord } from './machine.mjs';
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

describe(assertPath, () => {
  const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const refused = (check: (path: string) => unknown) =>
    all.filter((character) => {
      try {
        return void check(`/a${character}b`);
      } catch {
        return true;
      }
    });
  const byRender = refused((path) => render('${STATE}', { STATE: path }));

  it('refuses for a state folder what the renderer refuses, and nothing else', () => {
    expect(refused((path) => assertPath('state', path))).toEqual(byRender);
  });

  it('refuses for a checkout also what separates the folders of a PATH', () => {
    expect(refused((path) => assertPath('checkout', path))).toEqual([...byRender, ':'].sort());
  });

  it('takes blanks and letters of any language', () => assertPath('checkout', '/home/zoë/My Projects/almanac (2)'));

  it.each([
    [
      'checkout',
      '/srv/a;b',
      '"/srv/a;b", may not hold ;, because configurations and PATH name it. Move the checkout and start again.',
    ],
    [
      'state',
      '/srv/a\nb',
      '"/srv/a\\nb", may not hold a control character, because configurations and PATH name it. Set ALMANAC_STATE to',
    ],
  ] as const)('says of the %s folder what is wrong, and what to do', (what, path, message) => {
    expect(() => assertPath(what, path)).toThrow(`The path of the ${what} folder, ${message}`);
  });
});

describe(shellWord, () => {
  it('quotes what a shell would take apart', () => {
    expect(['/srv/almanac-1.0', '/srv/My Projects', '/srv/(2)&'].map(shellWord)).toEqual([
      '/srv/almanac-1.0',
      "'/srv/My Projects'",
      "'/srv/(2)&'",
    ]);
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
