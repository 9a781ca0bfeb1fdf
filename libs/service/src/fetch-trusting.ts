import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { TLS_VERSIONS } from './certificate.ts';

/** Who may have signed the other side's certificate, if not whom Node.js trusts; and whom it must be for, if not the URL's host. */
export interface Trust {
  ca?: string | Buffer | undefined;
  servername?: string | undefined;
}

/** `fetch` with an authority and a name for this call alone, where its own are those of the process and the URL. A redirect is an error. */
export async function fetchTrusting(
  { ca, servername }: Trust,
  url: URL,
  {
    body,
    ...init
  }: { method: string; headers: Record<string, string>; body?: string | Uint8Array; signal: AbortSignal },
): Promise<Response> {
  const options = { ...init, ...(servername === undefined ? {} : { servername }), ...(ca === undefined ? {} : { ca }) };
  // Of a call that fails after its answer has begun, the answer's body says so.
  const call = request(url, { ...options, ...TLS_VERSIONS }).on('error', () => undefined);
  call.end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  try {
    return responseOf(answer, init.method);
  } catch (error) {
    answer.destroy();
    throw error;
  }
}

/** @throws Error where `fetch` rejects: a redirect, a status that is none. */
function responseOf(answer: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, headersDistinct } = answer;
  if (status >= 300 && status < 400 && status !== 304) throw new Error(`a redirect (${status})`);
  const headers = Object.entries(headersDistinct).flatMap(([name, values]) =>
    values!.map((value): [string, string] => [name, value]),
  );
  const isEmpty = [204, 205, 304].includes(status) || method === 'HEAD';
  if (isEmpty) answer.resume();
  return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers });
}
