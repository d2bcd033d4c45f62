// The PEM files of the server's certificate: read at the start, and again when they change.
//
// Guarantees: only a pair that fits together is handed on; until there is one the former stays in use and the log says why.
// Changes are noticed by watching the folders (files are often replaced by links) and, where that fails, by a slow look.
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Cancel, Timers } from '@millrace/raft';
import type { Log } from '../ops/log.ts';
import type { Tls } from './server.ts';

export interface TlsFiles {
  readonly certificateChainPath: string;
  readonly privateKeyPath: string;
}

/** Files of a pair are replaced one after the other: they are read when nothing has changed for so long, ms. */
const SETTLE_MS = 200;
const LOOK_MS = 30_000;

/** @throws Error naming the file that cannot be read */
export function readTlsFiles(files: TlsFiles): Tls {
  return {
    certificateChain: readFileSync(files.certificateChainPath, 'utf8'),
    privateKey: readFileSync(files.privateKeyPath, 'utf8'),
  };
}

/**
 * Hands on each new pair.
 * @returns ends it
 */
export function watchTlsFiles(
  files: TlsFiles,
  timers: Timers,
  log: Log,
  use: (tls: Tls) => void,
): () => void {
  const reloading = new Reloading(files, timers, log, use);
  const folders = [files.certificateChainPath, files.privateKeyPath].map((file) =>
    path.dirname(file),
  );
  const watchers = [...new Set(folders)].flatMap((folder) => {
    const watcher = watchFolder(folder, () => reloading.changed());
    return watcher === undefined ? [] : [watcher];
  });
  const cancelLook = timers.every(LOOK_MS, () => reloading.look());
  return () => {
    cancelLook();
    reloading.stop();
    for (const watcher of watchers) watcher.close();
  };
}

/** Undefined where the file system cannot be watched. */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

class Reloading {
  readonly #files: TlsFiles;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #use: (tls: Tls) => void;
  /** What was read last, good or bad: the same is not tried twice. */
  #seen: string;
  /** Told once. */
  #problem = '';
  #cancel: Cancel | undefined;

  constructor(files: TlsFiles, timers: Timers, log: Log, use: (tls: Tls) => void) {
    this.#files = files;
    this.#timers = timers;
    this.#log = log;
    this.#use = use;
    this.#seen = textOf(readTlsFiles(files));
  }

  changed(): void {
    this.#cancel?.();
    this.#cancel = this.#timers.after(SETTLE_MS, () => this.look());
  }

  look(): void {
    this.#cancel = undefined;
    const { certificateChainPath, privateKeyPath } = this.#files;
    try {
      const tls = readTlsFiles(this.#files);
      if (textOf(tls) === this.#seen) return;
      this.#seen = textOf(tls);
      createSecureContext({ cert: tls.certificateChain, key: tls.privateKey });
      this.#use(tls);
      this.#problem = '';
      this.#log.info(
        { certificateChainPath },
        'the TLS certificate has changed; new connections get the new one',
      );
    } catch (error) {
      const problem = (error as Error).message;
      if (problem === this.#problem) return;
      this.#problem = problem;
      this.#log.error(
        { certificateChainPath, privateKeyPath },
        `the changed TLS files cannot be used, the former certificate stays in use: ${problem}`,
      );
    }
  }

  stop(): void {
    this.#cancel?.();
  }
}

function textOf(tls: Tls): string {
  return `${tls.certificateChain}\n${tls.privateKey}`;
}
