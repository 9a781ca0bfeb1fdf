// What can be seen from inside a pod: which addresses it reaches, what it listens on, and what it may do.
import { kubectl } from '../kube.ts';

/** Few at a time, as a pod may have few processes; what gives no answer within 2 s is closed. */
const script = `
try() {
  case $1 in
    *:*) timeout 2 bash -c ": </dev/tcp/\${1%:*}/\${1##*:}" ;;
    *) timeout 2 getent hosts "$1" ;;
  esac >/dev/null 2>&1 && echo "$1"
}
while (($#)); do
  for target in "\${@:1:8}"; do try "$target" & done
  wait
  shift $(($# < 8 ? $# : 8))
done`;

/** Those that the pod reaches of addresses, each `host:port`, or a name to resolve. */
export const reached = async (namespace: string, pod: string, addresses: string[]): Promise<Set<string>> => {
  const said = await kubectl('-n', namespace, 'exec', pod, '--', 'bash', '-c', script, 'probe', ...addresses);
  return new Set(said.split('\n').filter(Boolean));
};

/** The TCP ports that others can reach in a pod if nothing is in the way: whatever is listened on beyond loopback. */
export const listening = async (namespace: string, pod: string): Promise<number[]> => {
  const tables = await kubectl('-n', namespace, 'exec', pod, '--', 'cat', '/proc/net/tcp', '/proc/net/tcp6');
  // Columns: number, local address, remote address, state; 0A is LISTEN. 127.x.y.z is written 0x zyx7F.
  const listeners = [...tables.matchAll(/^ *\d+: (\w+):(\w{4}) \w+:\w{4} 0A /gm)];
  const ports = listeners.filter(([, address]) => !/^\w{6}7F$|^0+1000000$/.test(address!));
  return [...new Set(ports.map(([, , port]) => parseInt(port!, 16)))].sort((a, b) => a - b);
};

/** What the kernel says of a pod's first process, and of the file systems that it sees. */
export interface Confinement {
  uids: number[];
  /** Of all five sets together: whatever it has or could get. */
  capabilities: bigint;
  /** 2: a filter of system calls. */
  seccomp: number;
  noNewPrivileges: boolean;
  hasToken: boolean;
  isRootReadOnly: boolean;
}

export const confinementOf = async (namespace: string, pod: string): Promise<Confinement> => {
  const look = `cat /proc/1/status; grep ' / ' /proc/mounts; ls -d /var/run/secrets/kubernetes.io 2>/dev/null || true`;
  const said = await kubectl('-n', namespace, 'exec', pod, '--', 'bash', '-c', look);
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(said)?.[1] ?? '';
  const sets = [...said.matchAll(/^Cap\w+:\s+(\w+)$/gm)];
  if (sets.length !== 5) throw new Error(`five sets of capabilities expected: ${said}`);
  return {
    uids: [...new Set(field('Uid').split(/\s+/).map(Number))],
    capabilities: sets.reduce((all, [, set]) => all | BigInt(`0x${set}`), 0n),
    seccomp: Number(field('Seccomp')),
    noNewPrivileges: field('NoNewPrivs') === '1',
    hasToken: said.includes('/var/run/secrets/kubernetes.io'),
    isRootReadOnly: / \/ \w+ ro[ ,]/.test(said),
  };
};
