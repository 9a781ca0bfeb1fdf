import { randomBytes } from 'node:crypto';

/** W3C Trace Context, level 1: what is passed on with every call. */
export interface TraceContext {
  readonly traceId: string;
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]{1,64})?$/;
const TRACESTATE_MAX_CHARACTERS = 512;

/** The caller's context, or a new unsampled one where there is none or it is malformed (section 4.3). */
export function traceContext(traceparent?: string, tracestate?: string): TraceContext {
  const traceId = traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)?.[1];
  if (traceparent === undefined || traceId === undefined) {
    const made = randomBytes(24).toString('hex');
    const id = made.slice(0, 32);
    return { traceId: id, traceparent: `00-${id}-${made.slice(32)}-00`, tracestate: undefined };
  }
  return {
    traceId,
    traceparent,
    tracestate: tracestate && tracestate.length <= TRACESTATE_MAX_CHARACTERS ? tracestate : undefined,
  };
}
