import { z } from 'zod';

/** RFC 9457 problem details, the body of every answer of 400 and more. A service extends it with members of its own. */
export const ProblemDetails = z
  .object({ type: z.string(), title: z.string(), status: z.int().min(400).max(599), detail: z.string().optional() })
  .meta({ id: 'ProblemDetails' });
export type ProblemDetails = z.infer<typeof ProblemDetails>;

/** A response of an OpenAPI document whose body is a problem. */
export const problemResponse = (description: string, schema: z.ZodType = ProblemDetails, example?: unknown) => ({
  description,
  content: { 'application/problem+json': { schema, example } },
});
