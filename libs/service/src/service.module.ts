import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { BaseConfig } from './environment.ts';
import { Faults } from './faults.ts';
import { Metrics } from './metrics.ts';
import { Readiness } from './readiness.ts';

/** Token of the parsed environment: `@Inject(CONFIG) config: Config<typeof environment>`. */
export const CONFIG = Symbol('CONFIG');
/** Token of the process's pino logger. */
export const LOGGER = Symbol('LOGGER');

export interface ServiceParts {
  config: BaseConfig;
  logger: Logger;
  readiness: Readiness;
  metrics: Metrics;
  faults: Faults;
}

/** Gives every module of a service what it starts with. */
@Module({})
export class ServiceModule {
  static with(module: object, { config, logger, readiness, metrics, faults }: ServiceParts): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: logger },
      { provide: Readiness, useValue: readiness },
      { provide: Metrics, useValue: metrics },
      { provide: Faults, useValue: faults },
    ];
    return { module: ServiceModule, global: true, imports: [module as DynamicModule], providers, exports: providers };
  }
}
