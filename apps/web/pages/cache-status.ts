/** What one cache says of its part in an answer (RFC 9211, section 2); parameters that it did not give are absent. */
export interface CacheStatus {
  cache: string;
  hit: boolean;
  /** Why the request went on towards the origin: `miss`, `stale`, `bypass` … */
  forward?: string;
  /** Seconds that the answer was still fresh; negative: seconds since it ceased to be. */
  ttl?: number;
  stored: boolean;
  detail?: string;
}

// An item or a parameter of a structured field (RFC 9651): a quoted string may hold the separators.
const token =
  /\s*(?:([\w*!#$%&'+.^`|~:/-]+)(?:=(?:"((?:[^"\\]|\\["\\])*)"|(\?[01]|[^\s",;]+)))?|"((?:[^"\\]|\\["\\])*)")\s*([,;]|$)/y;

/**
 * @param field the value of Cache-Status, the cache nearest to the origin first
 * @returns the caches in the field's order; none when the field cannot be parsed, as RFC 9651 asks
 */
export function parseCacheStatus(field: string | null): CacheStatus[] {
  const caches: CacheStatus[] = [];
  if (field === null || field.trim() === '') return caches;
  token.lastIndex = 0;
  let current: CacheStatus | undefined;
  for (;;) {
    const match = token.exec(field);
    if (!match) return [];
    const [, name, quoted, bare, quotedItem, separator] = match;
    if (current) {
      setParameter(current, name ?? '', unescape(quoted) ?? bare);
    } else {
      current = { cache: name ?? unescape(quotedItem) ?? '', hit: false, stored: false };
      caches.push(current);
    }
    if (separator === '') return caches;
    if (separator === ',') current = undefined;
  }
}

function setParameter(status: CacheStatus, name: string, value: string | undefined): void {
  if (name === 'hit') status.hit = value !== '?0';
  else if (name === 'stored') status.stored = value !== '?0';
  else if (name === 'fwd' && value) status.forward = value;
  else if (name === 'detail' && value) status.detail = value;
  else if (name === 'ttl' && /^-?\d{1,15}$/.test(value ?? '')) status.ttl = Number(value);
}

const unescape = (text: string | undefined) => text?.replaceAll(/\\(["\\])/g, '$1');
