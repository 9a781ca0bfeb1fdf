// What a spec with real servers needs: a network of its own, the built service as a process, and waiting for conditions.
export { Authority } from './authority.ts';
export { deceptions } from './deceptions.ts';
export { loopback, type Loopback } from './loopback.ts';
export { raw } from './raw.ts';
export { ServiceProcess, type Exit, type LogLine } from './service-process.ts';
export { until } from './until.ts';
