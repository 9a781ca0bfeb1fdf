import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { Experiment } from './experiment.ts';

/** What is wrong with an experiment, or with the system that it is to be made on: a sentence for who asked for it. */
export class ExperimentError extends Error {}

/** The experiment that a file describes; an error names the place of the first thing that is wrong. */
export const readExperiment = (text: string, file: string): Experiment => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) throw new ExperimentError(`${at(broken.pos[0])}: ${broken.message.split('\n')[0]}`);
  const { data, error } = Experiment.safeParse(document.toJS());
  if (!error) return data;
  const [issue] = error.issues;
  const path = issue!.path as (string | number)[];
  // What is missing has no place; what holds it has.
  let offset: number | undefined;
  for (let depth = path.length; offset === undefined && depth >= 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node)) offset = node.range?.[0];
  }
  throw new ExperimentError(`${at(offset)}: ${path.join('.') || 'the file'}: ${issue!.message}`);
};

/** The experiments of a folder, by the names of their files. */
export const readExperiments = (folder: string): Map<string, Experiment> => {
  const files = globSync('*.yaml', { cwd: folder }).sort();
  const read = (file: string) => readExperiment(readFileSync(join(folder, file), 'utf8'), file);
  return new Map(files.map((file) => [basename(file, '.yaml'), read(file)]));
};
