import { describe, expect, it } from '@jest/globals';
import { traceContext } from './trace-context.ts';

const id = '0af7651916cd43dd8448eb211c80319c';

describe(traceContext.name, () => {
  it('goes on with the caller’s trace', () => {
    const traceparent = `00-${id}-b7ad6b7169203331-01`;
    expect(traceContext(traceparent, 'vendor=1')).toEqual({
      traceId: id,
      traceparent,
      tracestate: 'vendor=1',
    });
  });

  it.each([
    undefined,
    '',
    `00-${id}`,
    `ff-${id}-b7ad6b7169203331-01`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${id}-${'0'.repeat(16)}-01`,
    `00-${id.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${id}-b7ad6b7169203331-01\n{"level":"forged"}`,
  ])('begins an unsampled one for %p', (traceparent) => {
    const made = traceContext(traceparent);
    expect(made.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(made.traceId).not.toBe(id);
  });
});
