import { createHash } from 'node:crypto';

/** One request of the traffic. */
export interface Look {
  /** Its place in the traffic. */
  n: number;
  path: string;
  visitor: string;
}

/** Where caches are, how many, and which of them a request meets. */
export interface Placement {
  name: string;
  caches: number;
  /** A cache beside each replica asks that one only; one of a layer asks any. */
  isBeside: boolean;
  cacheOf: (look: Look) => number;
}

const hash = (text: string) => createHash('md5').update(text).digest().readUInt32LE();

/** Figure 5-6 as the edge does it: by who asks (nginx.conf: `hash $rate_key`), as a visitor's limit is counted in one cache. */
export const layerByVisitor: Placement = {
  name: 'layer of 2, by visitor',
  caches: 2,
  isBeside: false,
  cacheOf: ({ visitor }) => hash(visitor) % 2,
};

/** Each word in one cache only. */
export const layerByUrl: Placement = {
  name: 'layer of 2, by URL',
  caches: 2,
  isBeside: false,
  cacheOf: ({ path }) => hash(path) % 2,
};

/** Figure 5-5: a balancer gives replicas requests in turn, whatever these ask for. */
export const besideEachOf = (replicas: number): Placement => ({
  name: `beside each of ${replicas}`,
  caches: replicas,
  isBeside: true,
  cacheOf: ({ n }) => n % replicas,
});
