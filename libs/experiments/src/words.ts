/** The words of a file of WordNet (`index.noun`), from a place at random on, so that two runs seldom ask for the same ones. */
export const wordsOf = (index: string): (() => string) => {
  const words = [...index.matchAll(/^([a-z]{5,12}) /gm)].map(([, word]) => word!);
  let at = Math.floor(Math.random() * words.length);
  return () => words[at++ % words.length]!;
};
