import { describe, expect, it } from '@jest/globals';
import { endVisitor, newVisitor, readVisitor, setVisitor } from './visitor-cookie.ts';

const route = '0123456789abcdef0123456789abcdef';
const secret = 'AbCdEfGhIjKlMnOpQrStU-';
const own = `__Host-visitor=${route}.${secret}`;

describe(readVisitor, () => {
  it.each([own, `a=b; ${own}`, `${own};c=d=e`, `__Host-session=1;  ${own} ; x`])(
    'finds the visitor in %j',
    (cookies) => {
      expect(readVisitor(cookies)).toEqual({ route, secret });
    },
  );

  it.each([
    undefined,
    '',
    'a=b',
    '__Host-visitor',
    '__Host-visitor=',
    `__Host-visitor=${route}`,
    `__Host-visitor=${route}.`,
    `__Host-visitor=.${secret}`,
    `__Host-visitor=${route}.${secret}x`,
    `__Host-visitor=${route}.${secret.slice(1)}`,
    `__Host-visitor="${route}.${secret}"`,
    `__Host-visitor=${route.toUpperCase()}.${secret}`,
    `visitor=${route}.${secret}`,
    `X__Host-visitor=${route}.${secret}`,
    `${own}; ${own}`,
    `${own}; __Host-visitor=other`,
  ])('knows nobody by %j', (cookies) => {
    expect(readVisitor(cookies)).toBeUndefined();
  });
});

describe(newVisitor, () => {
  it('is led by the same route as the request that made it, with a secret that nobody can guess', () => {
    const visitors = Array.from({ length: 100 }, () => newVisitor(route));
    for (const visitor of visitors) {
      expect(visitor.route).toBe(route);
      expect(Buffer.from(visitor.secret, 'base64url')).toHaveLength(16);
      expect(readVisitor(setVisitor(visitor).split(';')[0])).toEqual(visitor);
    }
    expect(new Set(visitors.map(({ secret }) => secret)).size).toBe(100);
  });

  it.each([undefined, '', 'x', `${route}0`, route.toUpperCase(), `${route}; Domain=evil`, [route]])(
    'takes any route where %j is none',
    (id) => {
      const [one, other] = [newVisitor(id), newVisitor(id)];
      expect(one.route).toMatch(/^[0-9a-f]{32}$/);
      expect(one.route).not.toBe(other.route);
    },
  );
});

describe('the cookie', () => {
  it.each([setVisitor({ route, secret }), endVisitor])('is for this host, TLS and no script: %s', (cookie) => {
    const [pair, ...attributes] = cookie.split('; ');
    expect(pair).toMatch(/^__Host-visitor=/);
    expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']));
    expect(attributes.find((attribute) => attribute.startsWith('Max-Age='))).toBeDefined();
    expect(cookie).not.toMatch(/Domain/i); // Or browsers would refuse the name.
  });

  it('ends by its Max-Age', () => expect(endVisitor).toMatch('__Host-visitor=; Max-Age=0;'));
});
