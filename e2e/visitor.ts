import type { Entry as Address } from '@almanac/experiments';

// Beside ./load.ts lies, in the cluster's pods, that file alone of the package: it imports nothing at run time.
export { Visitor, type Answer } from '@almanac/experiments';

/** Where the edge is, and what loads show to it. */
export interface Entry extends Address {
  loadSecret?: string;
}
