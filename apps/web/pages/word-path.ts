/**
 * The page of a word. A word may hold spaces, slashes and letters of any script; half a surrogate pair, which a user
 * can paste and a URL cannot carry, becomes U+FFFD.
 */
export function wordPath(word: string): string {
  return `/words/${encodeURIComponent(word.trim().toWellFormed())}`;
}

/** The word whose page this is, as it stands in the path: `/words/ice%20cream` is `ice cream`. */
export function wordOf(path: string): string {
  const encoded = path.slice('/words/'.length);
  try {
    return decodeURIComponent(encoded).trim();
  } catch {
    return encoded;
  }
}
