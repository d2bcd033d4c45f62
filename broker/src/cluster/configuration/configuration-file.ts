// The broker's copy of the configuration on disk, together with what it has promised to other brokers.
// Guarantees: what is written is durable when the call returns, as a whole or not at all; what is read is what was written.
// Leaves to others: when to write (configuration-copy.ts).
import { DamagedFileError, type Disk, readCheckedFile, writeCheckedFile } from '@millrace/raft';
import type { AcceptorState } from './core/agreement.ts';
import type { ClusterConfiguration } from './core/cluster-configuration.ts';

const FORMAT = 1;

export interface StoredConfiguration {
  readonly configuration: ClusterConfiguration;
  readonly acceptor: AcceptorState | null;
  /** The highest round in which this broker ever put something forward. */
  readonly round: number;
}

/** The file cannot be used: why, and what to do. */
export class ConfigurationFileError extends Error {}

/** @returns undefined when there is no such file. @throws ConfigurationFileError */
export function readConfigurationFile(disk: Disk, path: string): StoredConfiguration | undefined {
  let value: unknown;
  try {
    value = readCheckedFile(disk, path);
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    throw new ConfigurationFileError(
      `${error.message}. Remove it if other brokers run: this one then takes the configuration from them.`,
    );
  }
  if (value === null) return undefined;
  const { format, ...stored } = value as { readonly format: number } & StoredConfiguration;
  if (format !== FORMAT) {
    throw new ConfigurationFileError(
      `${path} has format ${format}, but this release reads format ${FORMAT}; start the release that wrote it`,
    );
  }
  return stored;
}

/** @throws the disk's error; then the old content stands */
export function writeConfigurationFile(
  disk: Disk,
  path: string,
  stored: StoredConfiguration,
): void {
  writeCheckedFile(disk, path, { format: FORMAT, ...stored });
}
