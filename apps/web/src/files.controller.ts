import { CONFIG, Problem } from '@almanac/service';
import type { Config } from '@almanac/service';
import { fastifyStatic } from '@fastify/static';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { publicFolder } from './pages.ts';
import type { environment } from './web.config.ts';

// Exact patterns, so that no path can name anything else: what they match holds no dot-dot, slash or hidden file.
const assetName = /^[a-z0-9-]+-[A-Z0-9]{8}\.(css|js|woff2)(\.map)?$/;
const dataName = /^words-[0-9a-f]{64}$/;

/** Files whose name holds the hash of their content: they never change, so whoever has one keeps it for a year. */
@Controller()
export class FilesController implements OnModuleInit {
  readonly #dataFolder: string;

  constructor(
    @Inject(CONFIG) config: Config<typeof environment>,
    private readonly host: HttpAdapterHost,
  ) {
    this.#dataFolder = resolve(config.DATA_DIR);
  }

  async onModuleInit(): Promise<void> {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    // serve: false: no routes of its own, only reply.sendFile, with ranges, conditional requests and compressed copies.
    await fastify.register(fastifyStatic, {
      serve: false,
      preCompressed: true,
      index: false,
      dotfiles: 'deny',
      maxAge: '365d',
      immutable: true,
    });
  }

  @Get('assets/*')
  asset(@Param('*') name: string, @Res() reply: FastifyReply): Promise<void> {
    return this.#send(reply, join(publicFolder, 'assets'), name, assetName);
  }

  @Get('data/*')
  data(@Param('*') name: string, @Res() reply: FastifyReply): Promise<void> {
    return this.#send(reply, this.#dataFolder, name, dataName);
  }

  async #send(reply: FastifyReply, folder: string, name: string, pattern: RegExp): Promise<void> {
    const exists = pattern.test(name) && (await stat(join(folder, name)).catch(() => undefined))?.isFile();
    if (!exists) throw new Problem('not-found', 'There is no such file.');
    await reply.sendFile(name, folder);
  }
}
