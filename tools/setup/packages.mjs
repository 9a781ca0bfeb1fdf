// Debian packages that bring the backing servers.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { pathOf, shellWord } from './machine.mjs';
import { run, say, step } from './run.mjs';

const installer = join('tools', 'setup', 'install-packages.sh');
/** What the installer keeps while it works; there afterwards only when it was cut off. */
const journal = '/var/lib/almanac-install';

/** @param {string[]} names @returns {string[]} those that are not installed */
export const missingPackages = (names) => {
  const format = '${db:Status-Status} ${Package}\\n';
  const env = { ...process.env, PATH: pathOf(process.env) };
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat', format, ...names], { encoding: 'utf8', env });
  return names.filter((name) => !`\n${stdout}`.includes(`\ninstalled ${name}\n`));
};

/** @param {string} root @param {string} log @param {string[]} names @param {string} why */
export const installPackages = async (root, log, names, why) => {
  const missing = missingPackages(names);
  if (missing.length === 0 && !existsSync(journal)) return;
  const script = join(root, installer);
  const isRoot = process.getuid?.() === 0;
  const env = { ...process.env, PATH: pathOf(process.env) };
  const isPasswordless = !isRoot && spawnSync('sudo', ['-n', 'true'], { env, stdio: 'ignore' }).status === 0;
  const canAsk =
    Boolean(process.stdin.isTTY) && spawnSync('sudo', ['--version'], { env, stdio: 'ignore' }).status === 0;
  if (!isRoot && !isPasswordless && !canAsk) {
    throw new Failure(
      `${why} needs the system packages ${missing.join(', ')}, which only root may install. As root, run:\n  sh ${shellWord(script)} ${missing.join(' ')}\nIt starts and enables no system service. Then start again.`,
    );
  }
  say(`${why} needs the system packages ${missing.join(', ')}. No system service is started or enabled.`);
  const command = isRoot ? [] : isPasswordless ? ['sudo', '-n'] : ['sudo'];
  if (command.length === 1) say('They are installed with sudo, which may ask for your password.');
  // Asked for here, because the output of what follows goes to the log.
  if (command.length === 1 && spawnSync('sudo', ['-v'], { env, stdio: 'inherit' }).status !== 0) {
    throw new Failure(`sudo refused. Ask an administrator to run:\n  sh ${shellWord(script)} ${missing.join(' ')}`);
  }
  await step(`Installing ${missing.join(', ')}`, async () => {
    const [program, ...args] = [...command, 'sh', script, ...missing];
    await run('Installing the system packages', log, String(program), args, {
      env,
      stdin: command.length ? 'inherit' : 'ignore',
    });
    const still = missingPackages(names);
    if (still.length > 0) throw new Failure(`apt-get did not install ${still.join(', ')}. ${log} says why.`);
  });
};
