import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { driver } from './system.ts';

interface File {
  'x-node': { healthcheck: { interval: string; timeout: string; retries: number } };
}

const compose = readFileSync(join(import.meta.dirname, '../docker-compose.yml'), 'utf8');
const { interval, timeout, retries } = (parse(compose) as File)['x-node'].healthcheck;
/** Of the chart's library (templates/_pod.tpl): every 5 s, within 3 s, 6 times. */
const livenessMs = (5 + 3) * 6 * 1000;

/** How long a replica that stands still goes on at most, until its health check has it replaced. */
export const healthCheckMs =
  driver === 'cluster' ? livenessMs : (parseFloat(interval) + parseFloat(timeout)) * retries * 1000;
