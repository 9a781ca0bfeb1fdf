// node tools/images/collect.mjs <app> <folder>: what an image needs of a built app and of the packages of ours that it
// imports. Plain JavaScript, as it runs in a build stage before anything of ours does.
import { cpSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const [app, target] = process.argv.slice(2);
if (!app || !target) throw new Error('usage: node tools/images/collect.mjs <app> <folder>');

/** @param {string} folder @returns {{ name: string, dependencies?: Record<string, string> }} */
const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
/** @type {{ packages: Record<string, { link?: boolean, resolved?: string }> }} */
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
/** @param {string} name of a package of ours */
const folderOf = (name) => packages[`node_modules/${name}`]?.resolved;

/** @param {string} folder @param {Set<string>} found @returns {Set<string>} */
const closure = (folder, found = new Set()) => {
  if (found.has(folder)) return found;
  found.add(folder);
  for (const name of Object.keys(manifest(folder).dependencies ?? {})) {
    if (packages[`node_modules/${name}`]?.link) closure(/** @type {string} */ (folderOf(name)), found);
  }
  return found;
};

for (const folder of closure(app)) {
  const isWanted = (/** @type {string} */ path) =>
    !/\.(d\.ts|map)$/.test(path) && relative(folder, path) !== join('dist', 'data') && basename(path) !== 'build';
  cpSync(join(folder, 'package.json'), join(target, folder, 'package.json'));
  cpSync(join(folder, 'dist'), join(target, folder, 'dist'), { recursive: true, filter: isWanted });
}
