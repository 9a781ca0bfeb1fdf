import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import type { Gauge } from 'prom-client';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** What is spoken by either side of a call inside, as both are ours. */
export const TLS_VERSIONS = { minVersion: 'TLSv1.3' } as const;

interface Pair {
  cert: Buffer;
  key: Buffer;
}
interface Served {
  setSecureContext: (options: SecureContextOptions) => void;
}

/**
 * A certificate and its key, in files that somebody else replaces. They are read again and again: what brings them
 * (a renamed file, the kubelet's links) is not seen alike everywhere by what watches files.
 */
export class Certificate {
  readonly #expiry: Gauge;
  #checksum = '';
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    private readonly certFile: string,
    private readonly keyFile: string,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    const help = 'When the certificate that new connections are shown ends.';
    this.#expiry = metrics.gauge('tls_certificate_expiry_timestamp_seconds', help);
  }

  /** What to begin with. @throws Error */
  async read(): Promise<SecureContextOptions> {
    const pair = await this.#files();
    this.#checksum = checksumOf(pair);
    this.#tell(certificateOf(pair));
    return { ...pair, ...TLS_VERSIONS };
  }

  /**
   * From now on a new pair is served to new connections; those that are open go on. A broken one changes nothing.
   */
  watch(server: Served, everyMs: number): void {
    const later = () => {
      if (!this.#isStopped) this.watch(server, everyMs);
    };
    this.#timer = setTimeout(() => void this.#look(server).finally(later), everyMs).unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #look(server: Served): Promise<void> {
    let checksum = 'unreadable';
    try {
      const pair = await this.#files();
      checksum = checksumOf(pair);
      if (checksum === this.#checksum) return;
      const certificate = certificateOf(pair);
      server.setSecureContext({ ...pair, ...TLS_VERSIONS });
      this.#tell(certificate);
      const { serialNumber, validTo } = certificate;
      this.logger.info({ serialNumber, validTo }, 'serving with another certificate');
    } catch (error) {
      // Half of a pair is there while it is replaced; each state is said once.
      if (checksum !== this.#checksum)
        this.logger.warn({ err: error }, 'not a certificate with its key: the old one goes on');
    }
    this.#checksum = checksum;
  }

  #tell({ validToDate }: X509Certificate): void {
    this.#expiry.set(validToDate.getTime() / 1000);
  }

  async #files(): Promise<Pair> {
    const [cert, key] = await Promise.all([readFile(this.certFile), readFile(this.keyFile)]);
    return { cert, key };
  }
}

const checksumOf = ({ cert, key }: Pair): string =>
  createHash('sha256').update(cert).update('\0').update(key).digest('base64');

/** OpenSSL refuses another key of the same type, and serves with one of another type until somebody calls. */
function certificateOf({ cert, key }: Pair): X509Certificate {
  const certificate = new X509Certificate(cert);
  if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not the certificate’s');
  return certificate;
}
