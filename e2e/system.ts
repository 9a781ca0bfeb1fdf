import { clusterSystem } from './cluster.ts';
import { composeSystem } from './compose.ts';
import type { System } from './driver.ts';
import { nativeSystem } from './native.ts';

const drivers = { native: nativeSystem, compose: composeSystem, cluster: clusterSystem };
export type Driver = keyof typeof drivers;

/** Which way the system under test is run: ALMANAC_SYSTEM; natively if unset. */
export const driver = (process.env['ALMANAC_SYSTEM'] ?? 'native') as Driver;

/** The system under test. The variables that say which instance it is come from `instance` of its driver (setup.ts). */
export const system: System = drivers[driver]();
