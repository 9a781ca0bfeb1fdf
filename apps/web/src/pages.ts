import { etagMatches } from '@almanac/service';
import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the build made (pages/build.ts). */
export const publicFolder = join(import.meta.dirname, 'public');

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
};

// Everything comes from this host and nothing is inline; scripts cannot turn text into HTML or code.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

interface Variant {
  bytes: Buffer;
  etag: string;
}

type Page = { type: string; identity: Variant } & { [encoding in 'br' | 'gzip']?: Variant };

/**
 * The pages, in memory: they are few and small. Their ETag is made of their content, because all replicas must agree
 * on it; a modification time differs between machines, or is the same for all builds.
 */
export class Pages {
  readonly #pages: Map<string, Page>;

  private constructor(pages: Map<string, Page>) {
    this.#pages = pages;
  }

  static async load(folder = publicFolder): Promise<Pages> {
    const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
    const variant = async (file: string): Promise<Variant> => {
      const bytes = await readFile(join(folder, file));
      return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
    };
    const pages = new Map<string, Page>();
    for (const { name } of files) {
      const type = types[name.split('.').at(-1)!];
      if (type) pages.set(name, { type, identity: await variant(name) });
    }
    for (const { name } of files) {
      const page = pages.get(name.replace(/\.(br|gz)$/, ''));
      if (page && name.endsWith('.br')) page.br = await variant(name);
      if (page && name.endsWith('.gz')) page.gzip = await variant(name);
    }
    return new Pages(pages);
  }

  /** Answers with a page in an encoding that the client takes, or with 304 when the client has it. */
  send(name: string, request: FastifyRequest, reply: FastifyReply, status = 200): void {
    const page = this.#pages.get(name);
    if (!page) throw new Error(`the build made no ${name}`);
    const wanted = negotiate<'br' | 'gzip'>(request.headers['accept-encoding'] ?? '', ['br', 'gzip']);
    const encoding = wanted && page[wanted] ? wanted : undefined;
    const { bytes, etag } = encoding ? page[encoding]! : page.identity;
    reply.headers({
      'cache-control': 'public, max-age=60',
      'content-security-policy': policy,
      etag,
      vary: status === 404 ? 'Accept, Accept-Encoding' : 'Accept-Encoding',
    });
    if (status === 200 && etagMatches(request.headers['if-none-match'], etag)) {
      reply.code(304).send();
      return;
    }
    if (encoding) reply.header('content-encoding', encoding);
    reply.code(status).type(page.type).send(bytes);
  }
}
