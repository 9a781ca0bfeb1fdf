import { native } from './native.ts';

/** The system under test; compose and a cluster get drivers of their own behind the same interface. */
export const system = native();
