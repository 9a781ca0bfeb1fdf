export type { Experiment } from './experiment.ts';
export { Load, type Call } from './load.ts';
export { ExperimentError, readExperiment, readExperiments } from './read.ts';
export { deadlinesOf } from './routes.ts';
export { runExperiment, type Happening, type Options, type Report } from './run.ts';
export type { Replica, ReplicaState, SystemUnderTest } from './system.ts';
export { loadVisitor, Visitor, type Answer, type Entry } from './visitor.ts';
export { wordsOf } from './words.ts';
