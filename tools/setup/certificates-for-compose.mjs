// node tools/setup/certificates-for-compose.mjs <checkout> <state> <folder> <uid>: the certificates of `npm start`, the same
// files in <state>/certs (the checkout's .almanac), and a copy in <folder> of what the edge reads, which only <uid> can.
// Runs as root in a container; what it makes in <state> belongs to the checkout's owner.
import { chmodSync, chownSync, copyFileSync, lstatSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';

const [checkout, state, folder, uid] = process.argv.slice(2);
if (!checkout || !state || !folder || !uid) {
  throw new Error('usage: node tools/setup/certificates-for-compose.mjs <checkout> <state> <folder> <uid>');
}
const certificates = join(state, 'certs');
const made = makeCertificates(certificates, process.env['PUBLISH'] || '127.0.0.1');

const owner = statSync(checkout);
for (const path of [state, certificates, ...readdirSync(certificates).map((name) => join(certificates, name))]) {
  if (lstatSync(path).isSymbolicLink()) continue;
  chownSync(path, owner.uid, owner.gid);
}
for (const name of ['edge.crt', 'edge.key']) {
  const copy = join(folder, name);
  copyFileSync(join(certificates, name), `${copy}.new`);
  chmodSync(`${copy}.new`, 0o400);
  chownSync(`${copy}.new`, Number(uid), Number(uid));
  renameSync(`${copy}.new`, copy);
}
console.log(`certificates: ${made}`);
