// What a data directory says of itself: settings that were fixed when it was made.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Disk, writeCheckedFile } from '@millrace/raft';

const FILE = 'cluster.json';

interface Fixed {
  readonly version: 1;
  readonly partitionsCount: number;
}

/** The data directory cannot be used with this configuration. */
export class DataDirectoryError extends Error {}

/**
 * Makes the directory, or checks that the configuration fits it.
 * @returns whether it was made now
 * @throws DataDirectoryError
 */
export function openDataDirectory(directory: string, partitionsCount: number): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    const file = path.join(directory, FILE);
    if (existsSync(file)) {
      check(directory, JSON.parse(readFileSync(file, 'utf8')) as Fixed, partitionsCount);
      return false;
    }
    const fixed: Fixed = { version: 1, partitionsCount };
    writeFileSync(`${file}.new`, `${JSON.stringify(fixed)}\n`, { flush: true });
    renameSync(`${file}.new`, file);
    return true;
  } catch (error) {
    if (error instanceof DataDirectoryError) throw error;
    throw new DataDirectoryError(
      `the data directory ${directory} cannot be used: ${(error as Error).message}`,
    );
  }
}

function check(directory: string, fixed: Fixed, partitionsCount: number): void {
  if (fixed.version !== 1) {
    throw new DataDirectoryError(
      `the data directory ${directory} was made by a later release; start that one`,
    );
  }
  if (fixed.partitionsCount !== partitionsCount) {
    throw new DataDirectoryError(
      `the data directory ${directory} holds ${fixed.partitionsCount} partitions, but ${partitionsCount} are configured. ` +
        `Set ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT=${fixed.partitionsCount}, or start with an empty directory.`,
    );
  }
}

/** The note that the replicas of this directory were made: from then on an empty folder of one is a lost folder. */
export class ReplicasMade {
  readonly #disk: Disk;
  readonly #file: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#file = `${directory}/replicas-made`;
  }

  get isNoted(): boolean {
    return this.#disk.kindOf(this.#file) !== null;
  }

  note(): void {
    if (!this.isNoted) writeCheckedFile(this.#disk, this.#file, { version: 1 });
  }
}

/** The folder of one partition. */
export function partitionFolder(directory: string, partitionId: number): string {
  return path.join(directory, 'partitions', String(partitionId));
}
