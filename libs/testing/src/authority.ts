// An authority of a spec's own, and certificates by it.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const newKey = {
  EC: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
  RSA: ['-newkey', 'rsa:2048', '-nodes'],
};

type Kind = keyof typeof newKey;

export class Authority implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'authority-'));
  readonly caFile = this.#path('ca.crt');
  readonly certFile = this.#path('tls.crt');
  readonly keyFile = this.#path('tls.key');

  /** Whom its certificates are for. */
  readonly name: string;

  constructor(name = 'web.localhost') {
    this.name = name;
    this.#request('ca', 'EC', '-subj', '/CN=authority');
    this.issue();
  }

  get ca(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  get serial(): string {
    return new X509Certificate(readFileSync(this.certFile)).serialNumber;
  }

  get endsAtMs(): number {
    return new X509Certificate(readFileSync(this.certFile)).validToDate.getTime();
  }

  /** Another certificate and key in the place of those that there are, one after the other as anybody does it. */
  issue({ withKey = true, days = 2, kind = 'EC' }: { withKey?: boolean; days?: number; kind?: Kind } = {}): void {
    const by = ['-CA', this.caFile, '-CAkey', this.#path('ca.key')];
    const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=DNS:${this.name}`];
    this.#request('new', kind, '-subj', `/CN=${this.name}`, '-days', String(days), ...by, ...leaf);
    if (withKey) renameSync(this.#path('new.key'), this.keyFile);
    renameSync(this.#path('new.crt'), this.certFile);
  }

  /** The key of the last certificate that was issued without it. */
  giveKey(): void {
    copyFileSync(this.#path('new.key'), this.keyFile);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #request(name: string, kind: Kind, ...more: string[]): void {
    const files = ['-keyout', this.#path(`${name}.key`), '-out', this.#path(`${name}.crt`)];
    execFileSync('openssl', ['req', '-x509', ...newKey[kind], ...files, ...more], { stdio: 'pipe' });
  }
}
