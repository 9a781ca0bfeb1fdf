// node tools/setup/certificates-for-compose.mjs <checkout> <state> <edge> <uid> <web> <uid>: the certificates and the load secret
// of `npm start`, the same files in <state> (the checkout's .almanac), and in each tier's folder a copy of what it reads, which
// only its <uid> can, and of the authority's certificate, which anybody may.
// Runs as root in a container; what it makes in <state> belongs to the checkout's owner. ROTATE=on: other certificates.
import { chmodSync, chownSync, copyFileSync, lstatSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeCertificates, tiers } from './certificates.mjs';
import { makeLoadSecret } from './load-secret.mjs';

const [checkout, state, edge, edgeUid, web, webUid] = process.argv.slice(2);
if (!checkout || !state || !edge || !edgeUid || !web || !webUid) {
  throw new Error('usage: node tools/setup/certificates-for-compose.mjs <checkout> <state> <edge> <uid> <web> <uid>');
}
const certificates = join(state, 'certs');
const made = makeCertificates(certificates, process.env['PUBLISH'] || '127.0.0.1', {
  rotate: process.env['ROTATE'] === 'on' ? tiers : [],
});
makeLoadSecret(state);

const owner = statSync(checkout);
for (const path of [
  state,
  join(state, 'load-secret'),
  certificates,
  ...readdirSync(certificates).map((name) => join(certificates, name)),
]) {
  if (lstatSync(path).isSymbolicLink()) continue;
  chownSync(path, owner.uid, owner.gid);
}
/** @param {string} folder @param {number} uid @param {string[]} sources */
const handOut = (folder, uid, sources) => {
  for (const source of sources) {
    const copy = join(folder, basename(source));
    copyFileSync(source, `${copy}.new`);
    chmodSync(`${copy}.new`, basename(source) === 'ca.crt' ? 0o444 : 0o400);
    chownSync(`${copy}.new`, uid, uid);
    renameSync(`${copy}.new`, copy);
  }
};
/** @param {string} tier */
const filesOf = (tier) => [`${tier}.crt`, `${tier}.key`, 'ca.crt'].map((name) => join(certificates, name));
handOut(edge, Number(edgeUid), [...filesOf('edge'), join(state, 'load-secret')]);
handOut(web, Number(webUid), filesOf('web'));
console.log(`certificates: ${made.join(' ') || 'kept'}`);
