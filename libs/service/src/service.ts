// What a service starts with. Everything else in this folder is its inside.
export { backoffMs } from './backoff.ts';
export { baseEnvironment, EnvironmentError, secret, Secret, type BaseConfig, type Config } from './environment.ts';
export { etagMatches } from './etag.ts';
export { Fault, Faults } from './faults.ts';
export { type Trust } from './fetch-trusting.ts';
export { fetchWithin, type FetchWithin } from './fetch-within.ts';
export { type Logger } from './logs.ts';
export { Metrics } from './metrics.ts';
export { Problem, type ProblemKind } from './problem.ts';
export { Gate, Readiness } from './readiness.ts';
export { currentRequest, type RequestContext } from './request-context.ts';
export { serve } from './serve.ts';
export { CONFIG, LOGGER } from './service.module.ts';
export { start, type Service, type ServiceOptions } from './start.ts';
