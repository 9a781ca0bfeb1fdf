export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/**
 * How long to wait before trying again: doubles with each failure up to `maxMs`. By chance it is between half and all
 * of that, so that callers that failed together do not come back together.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random = Math.random): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1)) * (0.5 + random() / 2);
}
