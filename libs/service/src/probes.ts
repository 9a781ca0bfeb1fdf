import type { ServerResponse } from 'node:http';
import type { Readiness } from './readiness.ts';

/** Answers with a value as JSON that no cache may keep. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** 200 `{"ready":true}`, or 503 with what is waited for. */
export function answerReadiness(response: ServerResponse, readiness: Readiness): void {
  const { ready, waitingFor } = readiness;
  answerJson(response, ready ? 200 : 503, ready ? { ready } : { ready, waitingFor });
}
