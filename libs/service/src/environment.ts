import { inspect } from 'node:util';
import { z } from 'zod';

/** A value that shows itself only when asked, so that no log line or error page can hold it by accident. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

const secrets = new WeakSet<z.ZodType>();

/** Marks a variable as a secret: its value is a `Secret`, and errors about it do not show it. */
export function secret(schema: z.ZodType<string>) {
  const marked = schema.transform((value) => new Secret(value));
  secrets.add(marked);
  return marked;
}

const port = z.coerce.number().int().min(0).max(65_535);
const durationMs = z.coerce.number().int().min(0).max(3_600_000);
const amount = z.coerce.number().int().min(1).max(1_000_000_000);

/** What every service reads. Durations in milliseconds, sizes in bytes. */
export const baseEnvironment = z.object({
  SELF: z.string().default('127.0.0.1').describe('address that the listeners bind'),
  NAME: z
    .string()
    .regex(/^[\w.-]{1,63}$/)
    .optional()
    .describe('name of this replica; the service’s name if unset'),
  PORT: port.default(8080).describe('port of the API'),
  ADMIN_PORT: port.default(9090).describe('port of health, metrics and faults'),
  TLS_CERT_FILE: z
    .string()
    .optional()
    .describe('certificate of a second listener of the API, by TLS 1.3; none if unset'),
  TLS_KEY_FILE: z.string().optional().describe('its key; both are read again when they change'),
  TLS_PORT: port.default(8443).describe('port of that listener'),
  TLS_CHECK_MS: durationMs.min(1).default(5_000).describe('how often to look for another certificate'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('least level that is logged'),
  DRAIN_MS: durationMs.default(3_000).describe('how long it still accepts after SIGTERM; at least the probes’ window'),
  SHUTDOWN_MS: durationMs.default(15_000).describe('how long after SIGTERM it has ended, with force if need be'),
  REQUEST_TIMEOUT_MS: durationMs.min(1).default(10_000).describe('deadline of a request; X-Timeout-Ms may shorten it'),
  MAX_CONCURRENCY: amount.default(512).describe('requests being worked on at a time; beyond: 503'),
  MAX_CONNECTIONS: amount.default(4_096).describe('open connections of a listener; beyond: closed at once'),
  MAX_BODY_BYTES: amount.default(65_536).describe('largest request body; beyond: 413'),
  RECEIVE_TIMEOUT_MS: durationMs
    .min(1)
    .default(10_000)
    .describe('longest time for a request’s headers or body to come in'),
  KEEP_ALIVE_MS: durationMs
    .min(1)
    .default(75_000)
    .describe('how long an idle connection is kept; longer than the proxy’s'),
  FAULTS: z.enum(['off', 'on']).default('off').describe('whether faults can be injected at /faults'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where traces are sent; none if unset'),
});

export type BaseConfig = Omit<z.infer<typeof baseEnvironment>, 'NAME'> & {
  NAME: string;
  /** The service's name, for what all replicas have in common. */
  SERVICE: string;
};

/** The configuration of a service whose own variables are `E`. */
export type Config<E extends z.ZodObject = z.ZodObject<Record<never, z.ZodType>>> = BaseConfig & z.infer<E>;

/** A wrong environment: one line per variable. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  /** EX_CONFIG of sysexits.h: restarting does not help. */
  readonly exitCode = 78;

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The environment, parsed once. A variable that is set but empty counts as unset, as compose files cannot unset one.
 * @throws EnvironmentError
 */
export function parseEnvironment<E extends z.ZodObject>(
  service: string,
  own: E,
  variables: Variables = process.env,
): Config<E> {
  const schema = baseEnvironment.extend(own.shape) as unknown as z.ZodObject<Record<string, z.ZodType>>;
  const set = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (variables[name] ? [[name, variables[name]]] : [])),
  );
  const { data, error } = schema.safeParse(set);
  if (error) {
    const issues = Map.groupBy(error.issues, ({ path }) => String(path[0] ?? 'environment'));
    throw new EnvironmentError(
      [...issues].map(([name, found]) => {
        const allowed = found.map(({ message }) => message).join('; ');
        return `${service}: ${name} ${shown(set[name], schema.shape[name])}: ${allowed}${purpose(schema.shape[name])}`;
      }),
    );
  }
  const config = { NAME: service, SERVICE: service, ...data } as Config<E>;
  if (config.SHUTDOWN_MS <= config.DRAIN_MS) {
    throw new EnvironmentError([
      `${service}: SHUTDOWN_MS (${config.SHUTDOWN_MS}) must be more than DRAIN_MS (${config.DRAIN_MS}), which is a part of it`,
    ]);
  }
  if ((config.TLS_CERT_FILE === undefined) !== (config.TLS_KEY_FILE === undefined)) {
    throw new EnvironmentError([`${service}: TLS_CERT_FILE and TLS_KEY_FILE go together: both or none`]);
  }
  return Object.freeze(config) as Config<E>;
}

function shown(value: string | undefined, schema: z.ZodType | undefined): string {
  if (value === undefined) return 'is not set';
  if (isSecret(schema)) return 'is wrong (its value is a secret)';
  return `is ${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)}`;
}

function purpose(schema: z.ZodType | undefined): string {
  return schema?.description ? ` (${schema.description})` : '';
}

function isSecret(schema: z.ZodType | undefined): boolean {
  if (schema === undefined) return false;
  return secrets.has(schema) || isSecret((schema.def as { innerType?: z.ZodType }).innerType);
}
