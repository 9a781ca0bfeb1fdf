import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** More than V8 looks at before it decides (its slack tracking: seven). */
const INSTANCES = 8;

/**
 * Makes node's objects of a request fast at every start; to be called before the first request.
 *
 * V8 looks at a class's first seven instances to decide how many fields its objects have room for. If those come one
 * by one, as probes do, and are collected before the seventh, it has forgotten their fields, decides for none, and all
 * later objects are hash tables: docs/decisions/0006-v8-on-small-heaps.md.
 */
export function settleShapes(): void {
  const socket = new Socket();
  const kept: object[] = [];
  while (kept.length < INSTANCES) kept.push(new ServerResponse(new IncomingMessage(socket)));
}
