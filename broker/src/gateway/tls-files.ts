// Reads the PEM files of the server's certificate.
import { readFileSync } from 'node:fs';
import type { Tls } from './server.ts';

export interface TlsFiles {
  readonly certificateChainPath: string;
  readonly privateKeyPath: string;
}

/** @throws Error naming the file that cannot be read */
export function readTlsFiles(files: TlsFiles): Tls {
  return {
    certificateChain: readFileSync(files.certificateChainPath, 'utf8'),
    privateKey: readFileSync(files.privateKeyPath, 'utf8'),
  };
}
