/** What the service of recent look-ups publishes: the bodies of its HTTP calls, example messages, the OpenAPI document. */
export { examples } from './examples.ts';
export { openapi } from './openapi.ts';
export * from './look-ups.ts';
