import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';

/** The closed set of what can go wrong, each with its HTTP status and whether the same call may succeed later. */
const KINDS = {
  'bad-request': { status: 400, retriable: false },
  unauthorized: { status: 401, retriable: false },
  forbidden: { status: 403, retriable: false },
  'not-found': { status: 404, retriable: false },
  'method-not-allowed': { status: 405, retriable: false },
  'request-timeout': { status: 408, retriable: true },
  conflict: { status: 409, retriable: false },
  'too-large': { status: 413, retriable: false },
  'unsupported-media-type': { status: 415, retriable: false },
  unprocessable: { status: 422, retriable: false },
  'rate-limited': { status: 429, retriable: true },
  'headers-too-large': { status: 431, retriable: false },
  internal: { status: 500, retriable: false },
  unavailable: { status: 503, retriable: true },
  timeout: { status: 504, retriable: true },
} as const;

export type ProblemKind = keyof typeof KINDS;

const KIND_BY_STATUS = new Map<number, ProblemKind>(
  Object.entries(KINDS).map(([kind, { status }]) => [status, kind as ProblemKind]),
);

/** Whether a call that was answered with this status may succeed later. 502 is a proxy's word for `unavailable`. */
export function isRetriable(status: number): boolean {
  const kind = KIND_BY_STATUS.get(status === 502 ? 503 : status);
  return kind !== undefined && KINDS[kind].retriable;
}

/** The body of an error's answer. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  [member: string]: unknown;
}

/** Extension members of RFC 9457, section 3.2. The standard members are not theirs to set. */
export type ProblemMembers = Record<string, unknown> & {
  type?: never;
  title?: never;
  status?: never;
  detail?: never;
};

export interface ProblemOptions extends ErrorOptions {
  /** Response headers; Retry-After in whole seconds is 1 where a kind asks for it and none is given. */
  headers?: Record<string, string>;
}

/**
 * An error that is an answer: RFC 9457 problem details. Its type is `about:blank`, so the status says what it is
 * and the edge's own answers have the same form.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly members: ProblemMembers = {},
    { headers, ...options }: ProblemOptions = {},
  ) {
    super(detail, options);
    ({ status: this.status, retriable: this.retriable } = KINDS[kind]);
    this.headers = {
      'content-type': 'application/problem+json',
      // What an overload or a fault answers must not outlive it in a cache.
      ...(this.status >= 500 || kind === 'rate-limited' ? { 'cache-control': 'no-store' } : {}),
      ...(kind === 'unavailable' || kind === 'rate-limited' ? { 'retry-after': '1' } : {}),
      ...headers,
    };
  }

  toJSON(): ProblemDetails {
    const { status, detail, members } = this;
    return { type: 'about:blank', title: STATUS_CODES[status]!, status, detail, ...members };
  }
}

/** Any error as a problem. What is unknown becomes `internal` without its message, which stays in `cause`. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status === undefined || status >= 500 || status < 400) {
    return new Problem('internal', 'Something went wrong here.', {}, { cause: error });
  }
  // Of what is outside of the closed set only 414 occurs; for a client it is a bad request like others.
  const kind = KIND_BY_STATUS.get(status) ?? 'bad-request';
  return new Problem(kind, (error as Error).message, {}, { cause: error });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's errors. Others' `statusCode` may be an upstream's answer, which is not ours to repeat.
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('FST_') && 'statusCode' in error) {
    return Number(error.statusCode);
  }
  return undefined;
}
