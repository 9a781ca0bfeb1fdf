import { randomBytes } from 'node:crypto';

const NAME = '__Host-visitor';
/** A visitor begins anew after this time at the latest, however often they come. */
const MAX_AGE_S = 30 * 86_400;
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/**
 * Who a visitor is: `<route>.<secret>`. The route is what the caches choose a replica by; it may be seen in logs. The
 * secret, of 128 random bits, is what a replica knows the visitor by, and is seen by nobody else.
 */
export interface Visitor {
  route: string;
  secret: string;
}

const ROUTE = /^[0-9a-f]{32}$/;
const VALUE = /^([0-9a-f]{32})\.([A-Za-z0-9_-]{22})$/;

/** @returns nothing where there is none, more than one, or one of another form: nobody is known by such */
export function readVisitor(cookies: string | undefined): Visitor | undefined {
  const own = cookies?.split(';').flatMap((pair) => {
    const [name, value = ''] = pair.trim().split(/=(.*)/s);
    return name === NAME ? [value] : [];
  });
  const [, route, secret] = (own?.length === 1 && VALUE.exec(own[0]!)) || [];
  return route !== undefined && secret !== undefined ? { route, secret } : undefined;
}

/**
 * @param route where the visitor has been led to: of a cookie that nobody knows any more, or the id of the first request,
 * which a cache has chosen the replica by. What has another form is not a cache's: then any will do.
 */
export function newVisitor(route: unknown): Visitor {
  const isRoute = typeof route === 'string' && ROUTE.test(route);
  return { route: isRoute ? route : randomBytes(16).toString('hex'), secret: randomBytes(16).toString('base64url') };
}

export const setVisitor = ({ route, secret }: Visitor): string =>
  `${NAME}=${route}.${secret}; Max-Age=${MAX_AGE_S}; ${ATTRIBUTES}`;

export const endVisitor = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;
