// A certificate authority of this checkout, made once, and a certificate for each tier that speaks TLS. The authority may only sign for this
// machine's own addresses, so who steals its key cannot pretend to be another site to someone who trusts it.
import { execFileSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

const authorityDays = 3650;
/** Browsers refuse more than 398. */
const leafDays = 397;
const renewDays = 30;
const dayMs = 86_400_000;

/** @param {string} publish */
const isLoopback = (publish) => /^127\./.test(publish) || publish === 'localhost' || publish === '::1';
/** @param {string} name */
const altName = (name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`;
/** @param {string} publish @returns {string[]} */
const namesFor = (publish) => [...new Set(['localhost', '127.0.0.1', '::1', publish])];

/** @type {['edge', 'web']} */
export const tiers = ['edge', 'web'];
/** @typedef {typeof tiers[number]} Tier */

/**
 * Visitors come by addresses. Who calls a tier inside asks for its name, whatever the address: one that the authority may vouch for.
 * @param {Tier} tier @param {string} publish
 */
const namesOf = (tier, publish) => (tier === 'edge' ? namesFor(publish) : [`${tier}.localhost`]);

/** @param {string} folder @param {string} name @param {(certificate: X509Certificate) => boolean} isFit */
const isGood = (folder, name, isFit) => {
  try {
    const certificate = new X509Certificate(readFileSync(join(folder, `${name}.crt`)));
    const isFresh = Date.parse(certificate.validTo) - Date.now() > renewDays * dayMs;
    return (
      isFresh &&
      certificate.checkPrivateKey(createPrivateKey(readFileSync(join(folder, `${name}.key`)))) &&
      isFit(certificate)
    );
  } catch {
    return false;
  }
};

/** @param {string} folder @param {string} publish the address that visitors use */
const isAuthorityGood = (folder, publish) =>
  // Of the constraints openssl's text is not at hand here, so the addresses beyond loopback are kept beside.
  isGood(folder, 'ca', ({ ca }) => ca) &&
  (isLoopback(publish) || readFileSync(join(folder, 'ca.names'), 'utf8') === publish);

/** @param {string} folder @param {Tier} tier @param {string} publish */
const isLeafGood = (folder, tier, publish) =>
  isGood(folder, tier, (leaf) => {
    const authority = new X509Certificate(readFileSync(join(folder, 'ca.crt')));
    const hasAll = namesOf(tier, publish).every((name) => (isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name)));
    return leaf.verify(authority.publicKey) && hasAll;
  });

/** @param {string[]} args */
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256'];

/** @param {string} work @param {string} publish */
const makeAuthority = (work, publish) => {
  const own = isLoopback(publish)
    ? ''
    : isIP(publish)
      ? `,permitted;IP:${publish}/255.255.255.255`
      : `,permitted;DNS:${publish}`;
  const permitted = `permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0,permitted;IP:::1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF${own}`;
  const extensions = [
    'basicConstraints=critical,CA:TRUE,pathlen:0',
    'keyUsage=critical,keyCertSign',
    `nameConstraints=critical,${permitted}`,
  ];
  const subject = `/O=Almanac on this machine/CN=Almanac local authority ${new Date().toISOString().slice(0, 10)}`;
  const output = ['-keyout', join(work, 'ca.key'), '-out', join(work, 'ca.crt')];
  openssl(
    'req',
    '-x509',
    ...newKey,
    ...output,
    '-days',
    String(authorityDays),
    '-subj',
    subject,
    ...extensions.flatMap((one) => ['-addext', one]),
  );
  writeFileSync(join(work, 'ca.names'), isLoopback(publish) ? '' : publish);
};

/** @param {string} work @param {string} folder @param {Tier} tier @param {string} publish */
const makeLeaf = (work, folder, tier, publish) => {
  const request = join(work, `${tier}.csr`);
  const extensions = join(work, `${tier}.ext`);
  const [first] = namesOf(tier, publish);
  openssl('req', '-new', ...newKey, '-keyout', join(work, `${tier}.key`), '-out', request, '-subj', `/CN=${first}`);
  const names = namesOf(tier, publish).map(altName).join(',');
  writeFileSync(
    extensions,
    `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=${names}\nauthorityKeyIdentifier=keyid\n`,
  );
  const authority = [
    '-CA',
    join(folder, 'ca.crt'),
    '-CAkey',
    join(folder, 'ca.key'),
    '-CAcreateserial',
    '-CAserial',
    join(work, 'serial'),
  ];
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    ...authority,
    '-days',
    String(leafDays),
    '-sha256',
    '-extfile',
    extensions,
    '-out',
    join(work, `${tier}.crt`),
  );
};

/**
 * Makes what is missing, damaged, or soon over. The authority stays as long as it can, because people trust it by hand.
 * @param {string} folder @param {string} publish the address that visitors use
 * @param {{ rotate?: readonly Tier[] }} [options] rotate: who gets another leaf, however good the one is that there is
 * @returns {('ca' | Tier)[]} what was made; by a new authority everything is
 */
export const makeCertificates = (folder, publish, { rotate = [] } = {}) => {
  const keepsAuthority = isAuthorityGood(folder, publish);
  const wanted = tiers.filter((tier) => !keepsAuthority || rotate.includes(tier) || !isLeafGood(folder, tier, publish));
  if (wanted.length === 0) return [];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const work = mkdtempSync(join(folder, '.new-'));
  const umask = process.umask(0o077);
  /** @param {string} name */
  const place = (name) => renameSync(join(work, name), join(folder, name));
  try {
    if (!keepsAuthority) {
      makeAuthority(work, publish);
      ['ca.key', 'ca.crt', 'ca.names'].forEach(place);
    }
    for (const tier of wanted) {
      makeLeaf(work, folder, tier, publish);
      [`${tier}.key`, `${tier}.crt`].forEach(place);
    }
  } finally {
    process.umask(umask);
    rmSync(work, { recursive: true, force: true });
  }
  return keepsAuthority ? wanted : ['ca', ...wanted];
};

/** @param {string} folder */
export const hasAuthority = (folder) => existsSync(join(folder, 'ca.crt'));
