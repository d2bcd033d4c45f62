// The certificate chain and key by which the nodes of a cluster know each other, read again when the files change.
// Guarantees: what is in use is always a chain and a key that belong together; files that do not (half of them replaced)
//   are logged once and looked at again.
// Leaves to others: which sockets use it. Connections that stand keep the certificate they began with.
//
// Both sides show the chain and trust what it holds, as the reference does: the certificates of an authority, or one
// certificate that all nodes share. Names of hosts are not compared: whoever has a key that the chain vouches for
// belongs to the cluster, so the authority must be one of the cluster's own, and its certificates must be allowed for
// both sides of a connection.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Cancel, Timers } from '@millrace/raft';
import type { Log } from '../../ops/log.ts';

export interface CertificatePaths {
  readonly certificateChainPath: string;
  readonly privateKeyPath: string;
}

export interface Certificates {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
}

/** @throws Error naming the file that cannot be read, or saying that chain and key do not fit */
export function readCertificates(paths: CertificatePaths): Certificates {
  const chain = readFileSync(paths.certificateChainPath, 'utf8');
  return certificatesOf(chain, readFileSync(paths.privateKeyPath, 'utf8'), paths);
}

/** Calls back with new certificates whenever the files have become a pair that differs from the last one. */
export function watchCertificates(
  paths: CertificatePaths,
  first: Certificates,
  { timers, everyMs, log }: { timers: Timers; everyMs: number; log: Log },
  changed: (certificates: Certificates) => void,
): Cancel {
  let seen = textOf(first.options);
  let reading = false;
  const look = async () => {
    try {
      const chain = await readFile(paths.certificateChainPath, 'utf8');
      const key = await readFile(paths.privateKeyPath, 'utf8');
      if (chain + key === seen) return;
      seen = chain + key;
      changed(certificatesOf(chain, key, paths));
      log.info({ ...paths }, 'new certificates between brokers are in use');
    } catch (error) {
      const text = (error as Error).message;
      if (text !== complaint) {
        log.warn(
          { error: text },
          'the certificates between brokers cannot be renewed; the old ones stay in use',
        );
      }
      complaint = text;
      return;
    }
    complaint = '';
  };
  let complaint = '';
  return timers.every(everyMs, () => {
    if (reading) return;
    reading = true;
    void look().finally(() => {
      reading = false;
    });
  });
}

function textOf({ cert, key }: SecureContextOptions): string {
  return `${cert}${key}`;
}

function certificatesOf(chain: string, key: string, paths: CertificatePaths): Certificates {
  // A chain need not reach up to a root: each of its certificates is trusted.
  const options = {
    ...{ cert: chain, key, ca: chain, allowPartialTrustChain: true },
    minVersion: 'TLSv1.2',
  } satisfies SecureContextOptions;
  try {
    // An empty file would pass below as "none given", and the world's authorities would be trusted.
    const certificate = new X509Certificate(chain);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('another key');
    return { options, context: createSecureContext(options) };
  } catch (error) {
    throw new Error(
      `${paths.certificateChainPath} and ${paths.privateKeyPath} are no certificate chain with its ` +
        `key (${(error as Error).message}): both must be PEM files and belong together`,
    );
  }
}
