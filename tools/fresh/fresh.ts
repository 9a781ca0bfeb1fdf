// npm run test:fresh: the README's first minutes on machines that have only git and npm.
//
// For each suite a bare Debian root is made once (mmdebstrap); for each visitor (root, a user with sudo) it is laid
// under an overlay and entered in process and mount namespaces of its own, where newcomer.sh clones and runs this
// repository's HEAD. The network is the machine's; the instance's addresses are this run's own.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
const cache = join(repository, '.almanac/fresh');
const chosen = process.argv.slice(2);
const pick = (all: string[]) =>
  all.some((one) => chosen.includes(one)) ? all.filter((one) => chosen.includes(one)) : all;
const suites = pick(['bookworm', 'trixie']);
const visitors = pick(['root', 'user']);

const run = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;

/** Runs `command`; its failure ends the whole run. */
const must = (command: string, ...args: string[]) => {
  if (run(command, args) !== 0) throw new Error(`failed: ${command} ${args.join(' ')}`);
};

/** The bare root of `suite`, made when it is not there yet. */
const bareRoot = (suite: string) => {
  const root = join(cache, suite);
  if (existsSync(join(root, '.whole'))) return root;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const archive = `${root}.tar`;
  const lean = ['man', 'doc', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  must('mmdebstrap', '--quiet', '--variant=minbase', '--include=ca-certificates,git,npm,sudo', ...lean, suite, archive);
  mkdirSync(root);
  must('tar', '-xf', archive, '-C', root);
  rmSync(archive);
  must('chroot', root, 'useradd', '--create-home', '--shell', '/bin/bash', 'visitor');
  writeFileSync(join(root, 'etc/sudoers.d/visitor'), 'visitor ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
  writeFileSync(join(root, '.whole'), '');
  return root;
};

/** Enters an overlay of `root` and lives there as `visitor`. Answers the exit status of newcomer.sh. */
const live = (root: string, visitor: string) => {
  const place = mkdtempSync(join(tmpdir(), 'almanac-fresh-'));
  const merged = join(place, 'root');
  for (const name of ['root', 'upper', 'work']) mkdirSync(join(place, name));
  const net = `127.${121 + Math.floor(Math.random() * 6)}.${Math.floor(Math.random() * 256)}`;
  const settings = { NET: net, PUBLISH: `${net}.1`, LANG: 'C.UTF-8', TERM: 'dumb' };
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  const inside = certificates ? { ...settings, NODE_EXTRA_CA_CERTS: '/etc/ssl/machine.crt' } : settings;
  must(
    'mount',
    '-t',
    'overlay',
    'overlay',
    '-o',
    `lowerdir=${root},upperdir=${place}/upper,workdir=${place}/work`,
    merged,
  );
  try {
    // What makes this machine reach the registries, no more.
    cpSync('/etc/resolv.conf', join(merged, 'etc/resolv.conf'), { dereference: true });
    cpSync('/etc/hosts', join(merged, 'etc/hosts'));
    if (certificates) {
      cpSync(certificates, join(merged, 'etc/ssl/machine.crt'), { dereference: true });
      cpSync(certificates, join(merged, 'etc/ssl/certs/ca-certificates.crt'), { dereference: true });
    }
    must('git', 'clone', '--quiet', '--bare', repository, join(merged, 'srv/almanac.git'));
    // git refuses to clone what another user owns.
    must('chroot', merged, 'chown', '-R', visitor === 'root' ? 'root' : 'visitor', '/srv/almanac.git');
    cpSync(join(import.meta.dirname, 'newcomer.sh'), join(merged, 'srv/newcomer.sh'));
    const home = visitor === 'root' ? '/root' : '/home/visitor';
    const variables = Object.entries({ ...inside, HOME: home, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' });
    const enter = [
      `mount --rbind /dev ${merged}/dev && mount -t proc proc ${merged}/proc && mount -t tmpfs tmpfs ${merged}/tmp &&`,
      `exec chroot ${visitor === 'root' ? '' : '--userspec=visitor:visitor '}${merged} env -i`,
      ...variables.map(([name, value]) => `${name}=${value}`),
      'bash /srv/newcomer.sh',
    ].join(' ');
    return run('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter]);
  } finally {
    run('umount', ['--lazy', merged]);
    rmSync(place, { recursive: true, force: true });
  }
};

const refuse = (why: string) => {
  console.error(why);
  process.exit(1);
};
if (process.getuid?.() !== 0) refuse('This makes file systems and namespaces: run it as root.');
if (spawnSync('mmdebstrap', ['--version']).error) refuse('This needs mmdebstrap: apt-get install mmdebstrap');
let failed = 0;
for (const suite of suites) {
  for (const visitor of visitors) {
    console.log(`\n=== ${suite} as ${visitor}`);
    const started = performance.now();
    const status = live(bareRoot(suite), visitor);
    failed += status === 0 ? 0 : 1;
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`=== ${suite} as ${visitor}: ${status === 0 ? 'passed' : `failed (${status})`} in ${seconds} s`);
  }
}
console.log(`\n${suites.length * visitors.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
