/** What the dictionary publishes: the bodies of its HTTP calls, example messages, and the OpenAPI document. */
export { examples } from './examples.ts';
export { openapi } from './openapi.ts';
export * from './words.ts';
