// Reads the PEM files of the server's certificate.
import { readFileSync } from 'node:fs';
import type { Tls } from './server.ts';

/** @throws Error naming the file that cannot be read */
export function readTlsFiles(certificateChainPath: string, privateKeyPath: string): Tls {
  return {
    certificateChain: readFileSync(certificateChainPath, 'utf8'),
    privateKey: readFileSync(privateKeyPath, 'utf8'),
  };
}
