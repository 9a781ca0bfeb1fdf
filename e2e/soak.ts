/** SOAK=1 (`npm run soak`): the full size of a spec that says one; otherwise about a twentieth, or what takes seconds. */
export const isSoak = process.env['SOAK'] === '1';

/** What a soak has measured, for who runs it. */
export const tellOfSoak = (line: string): void => {
  if (isSoak) process.stdout.write(`${line}\n`);
};
