import { randomBytes } from 'node:crypto';
import { request as plain, Agent as PlainAgent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as secure, Agent as SecureAgent } from 'node:https';

export interface BytesReply {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}
export type Reply = Omit<BytesReply, 'bytes'> & { text: string };

export interface CallOptions {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string;
  /** An address of this machine to come from. */
  from?: string;
}

/** HTTP/1.1 with connections that are kept, to one address, with the path exactly as given. */
export class Client {
  readonly #agent: PlainAgent;
  readonly #secure: boolean;

  readonly address: string;
  readonly port: number;

  constructor(address: string, port: number, ca?: string) {
    this.address = address;
    this.port = port;
    this.#secure = ca !== undefined;
    const pool = { keepAlive: true, maxSockets: 256 };
    this.#agent = ca === undefined ? new PlainAgent(pool) : new SecureAgent({ ...pool, ca, servername: 'localhost' });
  }

  async call(path: string, options?: CallOptions): Promise<Reply> {
    const { bytes, ...reply } = await this.callForBytes(path, options);
    return { ...reply, text: bytes.toString() };
  }

  callForBytes(path: string, { method = 'GET', headers = {}, body, from }: CallOptions = {}): Promise<BytesReply> {
    const { promise, resolve, reject } = Promise.withResolvers<BytesReply>();
    const request = (this.#secure ? secure : plain)(
      {
        host: this.address,
        port: this.port,
        agent: this.#agent,
        path,
        method,
        headers: {
          host: `localhost:${this.port}`,
          // Without the edge, what the edge gives each request.
          ...(!this.#secure && { 'x-request-id': randomBytes(16).toString('hex') }),
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
        ...(from && { localAddress: from }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(chunks) });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
