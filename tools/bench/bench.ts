// npm run bench <name>: figures beside their references in the same run. Exit status 1 where a floor is not reached.
const benches: Record<string, () => Promise<{ bench: () => Promise<boolean> }>> = {
  dictionary: () => import('./dictionary.ts'),
};

const [name = ''] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (!load) {
  console.error(`usage: npm run bench <name>; there is: ${Object.keys(benches).join(', ')}`);
  process.exit(64);
}
process.exitCode = (await (await load()).bench()) ? 0 : 1;
