import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { createAdminServer, type OpenApi } from './admin.ts';
import { Api } from './api.ts';
import { parseEnvironment, type BaseConfig, type Config, type Variables } from './environment.ts';
import { Faults } from './faults.ts';
import { PARAMETER_MAX_CHARACTERS } from './limits.ts';
import { listen } from './listen.ts';
import { createLogger, NestLogger } from './logs.ts';
import { Metrics } from './metrics.ts';
import { ProblemFilter } from './problem.filter.ts';
import { Readiness } from './readiness.ts';
import { Routes } from './routes.ts';
import { ServiceModule, type ServiceParts } from './service.module.ts';
import { settleShapes } from './shapes.ts';
import { activeTracer, createTracer } from './tracing.ts';
import { ValidationPipe } from './validation.pipe.ts';

export interface ServiceOptions<E extends z.ZodObject> {
  /** The service's name, in lower case with hyphens; replicas are told apart by NAME. */
  name: string;
  /** The variables of its own, added to the base ones. */
  environment: E;
  /** Its Nest module. */
  module: Type;
  /** Its contract, shown at /openapi.json of the admin listener. */
  openapi?: OpenApi;
}

export interface Service<E extends z.ZodObject> extends ServiceParts {
  config: Config<E>;
  /** Base URLs of the plain listener and the inside one, with the ports that they have. */
  url: string;
  adminUrl: string;
  api: Api;
  /** The orderly end: not ready, DRAIN_MS of still accepting, in-flight finished, Nest's shutdown hooks. */
  stop: () => Promise<void>;
}

/** How much of DRAIN_MS, at its end, answers also end their connections. */
const CLOSING_SHARE = 0.25;

/**
 * Starts a service in this process, without the process's own business (signals, exit codes) that `serve` adds.
 * @throws EnvironmentError, StartError
 */
export async function start<E extends z.ZodObject>(
  { name, environment, module, openapi }: ServiceOptions<E>,
  variables?: Variables,
): Promise<Service<E>> {
  settleShapes();
  const config = parseEnvironment(name, environment, variables);
  const logger = createLogger(config);
  const parts: ServiceParts = {
    config,
    logger,
    readiness: new Readiness(),
    metrics: new Metrics(),
    faults: new Faults(),
  };
  const { readiness } = parts;
  parts.metrics.gauge('service_ready', 'Whether this replica takes traffic.', [], function () {
    this.set(Number(readiness.ready));
  });
  const started = readiness.gate('start');
  const admin = createAdminServer(config, { ...parts, ...(openapi ? { openapi } : {}) });
  await listen(admin, 'ADMIN_PORT', config.SELF, config.ADMIN_PORT);

  const api = new Api(config, readiness, parts.metrics, logger);
  let app: NestFastifyApplication | undefined;
  try {
    activeTracer.set(await createTracer(config));
    app = await createApp(module, parts, api);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    await listen(app.getHttpServer(), 'PORT', config.SELF, config.PORT);
    await api.listenByTls();
  } catch (error) {
    await api.close();
    await app?.close();
    admin.close();
    throw error;
  }
  started.open();

  const stop = async (): Promise<void> => {
    readiness.drain();
    await delay(config.DRAIN_MS * (1 - CLOSING_SHARE));
    api.closeConnections();
    await delay(config.DRAIN_MS * CLOSING_SHARE);
    await api.close();
    await app.close();
    await activeTracer.get()?.shutdown();
    admin.close();
    admin.closeIdleConnections();
  };
  const url = urlOf(config, app.getHttpServer().address() as AddressInfo);
  const adminUrl = urlOf(config, admin.address() as AddressInfo);
  logger.info({ url, adminUrl }, 'listening');
  return { ...parts, config, url, adminUrl, api, stop };
}

async function createApp(module: Type, parts: ServiceParts, api: Api): Promise<NestFastifyApplication> {
  const { config, readiness, metrics, faults, logger } = parts;
  const routes = new Routes(config.NAME, metrics.http, faults, activeTracer.get());
  const filter = new ProblemFilter(routes, config.NAME, readiness, logger);
  const options: FastifyServerOptions = {
    serverFactory: (handler) => api.server(handler),
    clientErrorHandler: api.refuseUnreadable,
    frameworkErrors: (error, request, reply) => filter.answer(error, request, reply),
    bodyLimit: config.MAX_BODY_BYTES,
    routerOptions: { maxParamLength: PARAMETER_MAX_CHARACTERS },
    logger: false,
  };
  const adapter = new FastifyAdapter(options as ConstructorParameters<typeof FastifyAdapter>[0]);
  routes.attach(adapter.getInstance<FastifyInstance>());
  const app = await NestFactory.create<NestFastifyApplication>(ServiceModule.with(module, parts), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  return app.useGlobalFilters(filter).useGlobalPipes(new ValidationPipe());
}

function urlOf({ SELF }: BaseConfig, { port }: AddressInfo): string {
  return `http://${SELF.includes(':') ? `[${SELF}]` : SELF}:${port}`;
}
