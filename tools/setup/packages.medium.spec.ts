import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { missingPackages } from './packages.mjs';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? [] : ['sudo', '-n'];
const mayBeRoot = isRoot || spawnSync('sudo', ['-n', 'true']).status === 0;

// What the machine looks like after an installation.
const look = `
  [ ! -e /tmp/started ] || echo started
  [ ! -h /etc/systemd/system/multi-user.target.wants/almanac-fixture.service ] || echo enabled
  [ ! -h /etc/systemd/system/almanac-alias.service ] || echo alias
  ls /etc/rc?.d/S*almanac-fixture >/dev/null 2>&1 && echo enabled in rc.d
  [ ! -e /var/lib/almanac-install ] || echo journal
  [ ! -e /usr/sbin/policy-rc.d ] || echo "policy $(stat -c %a /usr/sbin/policy-rc.d) $(cat /usr/sbin/policy-rc.d)"
  dpkg-query --show --showformat '\${db:Status-Status}\n' almanac-fixture`;
const installs = 'sh /tmp/install-packages.sh /tmp/almanac-fixture.deb >/tmp/log 2>&1';
const waits = (condition: string) => `i=0; until ${condition} || [ $i -gt 600 ]; do i=$((i + 1)); sleep 0.05; done`;

/** Lines that the script says on a copy of this machine. */
const onACopy = (...script: string[]): string[] => {
  const overlay = join(import.meta.dirname, 'testing/overlay.sh');
  const text = ['sh /tmp/almanac-fixture.sh', ...script].join('\n');
  const [program, ...args] = [
    ...asRoot,
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    'sh',
    overlay,
    text,
    import.meta.dirname,
  ];
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout.trim().split('\n');
};

(mayBeRoot ? describe : describe.skip)('install-packages.sh', () => {
  it('starts and enables nothing, where apt alone does both', () => {
    expect(onACopy(installs, look)).toEqual(['installed']);
    const control = onACopy('apt-get install --yes /tmp/almanac-fixture.deb >/tmp/log 2>&1', look);
    expect(control).toEqual(['started', 'enabled', 'alias', 'enabled in rc.d', 'installed']);
  });

  it('starts and enables nothing without systemd either', () => {
    const withoutSystemd = 'rm -f /bin/systemctl /usr/bin/systemctl';
    expect(onACopy(withoutSystemd, installs, look)).toEqual(['installed']);
    const control = onACopy(withoutSystemd, 'apt-get install --yes /tmp/almanac-fixture.deb >/tmp/log 2>&1', look);
    expect(control).toEqual(['started', 'enabled', 'alias', 'enabled in rc.d', 'installed']);
  });

  it('leaves alone what was installed, and enabled, before', () => {
    const before = 'apt-get install --yes /tmp/almanac-fixture.deb >/tmp/log 2>&1; rm /tmp/started';
    expect(onACopy(before, installs, look)).toEqual(['enabled', 'alias', 'enabled in rc.d', 'installed']);
  });

  it('keeps the policy that was there', () => {
    const policy = 'printf "#!/bin/sh\\nexit 104\\n" >/usr/sbin/policy-rc.d; chmod 750 /usr/sbin/policy-rc.d';
    expect(onACopy(policy, installs, look)).toEqual(['policy 750 #!/bin/sh', 'exit 104', 'installed']);
  });

  it('puts everything back when the package fails, and says so', () => {
    const failing = `export FIXTURE_FAILS=1; ${installs} && echo no error`;
    expect(onACopy(failing, look)).toEqual(['half-configured']);
  });

  it('puts everything back when it is killed while apt goes on', () => {
    const killed = `
      export FIXTURE_WAITS=1
      sh /tmp/install-packages.sh /tmp/almanac-fixture.deb >/tmp/log 2>&1 &
      ${waits('[ -e /tmp/configuring ]')}
      kill -9 $!
      [ -e /var/lib/almanac-install ] && echo killed half-way
      touch /tmp/go
      ${waits('[ ! -e /var/lib/almanac-install ]')}`;
    expect(onACopy(killed, look)).toEqual(['killed half-way', 'installed']);
  });

  it('puts everything back the next time when all was cut off', () => {
    const cut = `
      export FIXTURE_WAITS=1
      setsid sh /tmp/install-packages.sh /tmp/almanac-fixture.deb >/tmp/log 2>&1 &
      ${waits('[ -e /tmp/configuring ]')}
      apt=$(ps -o pid= -s $! | paste -sd,) # apt-get runs dpkg in a session of its own.
      sessions=$!,$(ps -o sess= --ppid $apt | sort -u | paste -sd, | tr -d ' ')
      kill -9 $(ps -o pid= -s $sessions)
      ${waits('! ps -o stat= -s $sessions | grep -qv Z')}
      [ -e /usr/sbin/policy-rc.d ] && echo cut off half-way
      touch /tmp/go
      ${installs}`;
    expect(onACopy(cut, look)).toEqual(['cut off half-way', 'installed']);
  });
});

describe(missingPackages, () => {
  it('names what is not installed', () => {
    expect(missingPackages(['dpkg', 'no-such-package', 'bash'])).toEqual(['no-such-package']);
    expect(missingPackages(['dpkg'])).toEqual([]);
  });
});
