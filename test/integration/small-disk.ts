// A disk of its own for one broker, in a namespace that only that process sees: a small one, or one that is read-only.
//
// A disk cannot turn read-only here while files on it are open for writing; that fault is injected in raft/src/disk.
//
// Where the machine does not allow namespaces, `noSmallDisk` says why, and the tests that need one are skipped with it.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { BrokerProcess } from '../kit/broker-process.ts';

const namespace = ['--user', '--map-root-user', '--mount'] as const;
const blockBytes = 64 * 1024;

/** Why there can be no small disk here; undefined when there can. */
export const noSmallDisk: string | undefined = tryNamespace();

function tryNamespace(): string | undefined {
  if (process.platform !== 'linux') return 'namespaces exist on Linux only';
  try {
    const mount = ['sh', '-c', 'mount -t tmpfs tmpfs /mnt'];
    execFileSync('unshare', [...namespace, ...mount], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'this machine allows no user and mount namespaces';
  }
}

/** Put before the broker's command: it finds a disk of `megabytes` at `folder`, and nobody else does. */
export function onSmallDisk(folder: string, megabytes: number): readonly string[] {
  const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && exec "$@"`;
  return ['unshare', ...namespace, 'sh', '-c', script, folder];
}

/** Put before the broker's command: it finds what lies in `folder`, but cannot change it. */
export function onReadOnlyDisk(folder: string): readonly string[] {
  const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
  return ['unshare', ...namespace, 'sh', '-c', script, folder];
}

/** Lets a broker that was started so change its folder after all. */
export function makeWritable(broker: BrokerProcess, folder: string): void {
  const inside = ['-t', String(broker.pid), '--user', '--mount', '--preserve-credentials'];
  const mount = ['mount', '-o', 'remount,bind,rw', folder];
  execFileSync('nsenter', [...inside, ...mount], { stdio: 'pipe' });
}

/** The disk of a running broker, from outside its namespace. */
export class SmallDisk {
  readonly #broker: BrokerProcess;
  readonly #folder: string;

  constructor(broker: BrokerProcess, folder: string) {
    this.#broker = broker;
    this.#folder = folder;
  }

  /** Writes until nothing fits any more. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    const block = Buffer.alloc(blockBytes);
    try {
      for (let size = block.length; size > 0; ) {
        try {
          if (writeSync(file, block, 0, size) < size) size = Math.floor(size / 2);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives the room back that fill() took. */
  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  get #ballast(): string {
    return `/proc/${this.#broker.pid}/root${this.#folder}/ballast`;
  }
}
