import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Problem } from '@almanac/service';
import type { FastifyRequest } from 'fastify';

/**
 * Lets changes in that our own pages ask for, or who is no browser. SameSite keeps the cookie from most other sites'
 * requests already; this also keeps them from making a visitor of whoever has none.
 */
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const { headers, method } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!isOurs(headers)) throw new Problem('forbidden', 'Only pages of this site may ask for this.');
    // Another site's form can send text and fields, but no JSON.
    if (method === 'POST' && !/^application\/json(?:\s*;|$)/i.test(headers['content-type'] ?? '')) {
      throw new Problem('unsupported-media-type', 'The body must be JSON, sent as application/json.');
    }
    return true;
  }
}

function isOurs(headers: FastifyRequest['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  // Browsers of before 2023 say no more than where a page is from.
  const { origin } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === (headers['x-forwarded-host'] ?? headers.host);
}
