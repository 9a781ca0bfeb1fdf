/** What a bench needs to know of a call that was made by the clock. */
export interface Arrival {
  dueMs: number;
  tookMs: number;
  expected: boolean;
  status: number | undefined;
}

export interface Seen {
  calls: number;
  failed: number;
  /** In how much time, in slices, a call failed that was due then. */
  downtimeSeconds: number;
  slowestMs: number;
  /** What was answered instead; `none` where nothing was. */
  instead: string[];
}

/** Long enough for several calls, short enough beside the 3.6 seconds that it is about. */
const sliceMs = 100;

/** What visitors saw, by calls that arrived steadily. */
export const seenOf = (calls: Arrival[]): Seen => {
  const failed = calls.filter(({ expected }) => !expected);
  const slices = new Set(failed.map(({ dueMs }) => Math.floor(dueMs / sliceMs)));
  return {
    calls: calls.length,
    failed: failed.length,
    downtimeSeconds: (slices.size * sliceMs) / 1000,
    slowestMs: Math.max(...calls.map(({ tookMs }) => tookMs)),
    instead: [...new Set(failed.map(({ status }) => String(status ?? 'none')))].sort(),
  };
};

/** How long a service may be away within a time, to be available for that share of it. */
export const allowedSeconds = (availability: number, ofSeconds: number): number =>
  Math.round((1 - availability) * ofSeconds * 1e6) / 1e6;
