import { baseEnvironment } from '@almanac/service';
import { z } from 'zod';

export const environment = z.object({
  VISITORS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(10_000)
    .describe('visitors remembered at a time, 1.5 KiB each; beyond, who has not been here for longest is forgotten'),
  IDLE_MAX_S: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_592_000)
    .default(86_400)
    .describe('after how long without a call a visitor is forgotten'),
  // A word of 64 characters in JSON, however it is escaped.
  MAX_BODY_BYTES: baseEnvironment.shape.MAX_BODY_BYTES.default(1024).describe('largest request body; beyond: 413'),
});
