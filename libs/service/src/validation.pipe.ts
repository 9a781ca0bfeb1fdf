import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { Problem } from './problem.ts';

type Issues = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0];

/** What an answer repeats of what is wrong. */
const ISSUES_MAX = 10;

class Invalid extends Error {
  constructor(readonly issues: Issues) {
    super();
  }
}

/** Nest's Standard Schema validation with a problem that names each wrong field as `errors: [{field, message}]`. */
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new Invalid(issues) });
  }

  override transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    // Without a schema there is nothing to wait for; Nest takes a plain value as well.
    return metadata.schema ? this.#validated(value, metadata) : (value as unknown as Promise<T>);
  }

  async #validated<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const errors = error.issues.slice(0, ISSUES_MAX).map(({ path = [], message }) => ({
        field: [metadata.data, ...path.map(segment)].filter((part) => part !== undefined).join('.') || metadata.type,
        message,
      }));
      const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
      throw new Problem('bad-request', detail, { errors });
    }
  }
}

function segment(part: PropertyKey | { key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part);
}
