// This broker's copy of the configuration: what it knows, on disk before it counts.
// Guarantees: whoever reads it, or is told of a change, sees what a restart would find; a failed write changes nothing.
// Leaves to others: where news come from and where they go.
import type { Disk } from '@millrace/raft';
import { readConfigurationFile, writeConfigurationFile } from './configuration-file.ts';
import type { AcceptorState } from './core/agreement.ts';
import type { ClusterConfiguration } from './core/cluster-configuration.ts';
import { sameConfiguration } from './core/merge.ts';

/** Whether this broker did something itself, or heard of it. */
export type Source = 'own' | 'heard';

export type CopyListener = (
  now: ClusterConfiguration,
  before: ClusterConfiguration | undefined,
  source: Source,
) => void;

export class ConfigurationCopy {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #listeners: CopyListener[] = [];
  #configuration: ClusterConfiguration | undefined;
  #acceptor: AcceptorState | null = null;
  #round = 0;
  /** Changes that listeners have not heard of yet: one that changes something itself is heard after the present one. */
  readonly #news: Parameters<CopyListener>[] = [];
  #isTelling = false;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Takes what the file says. @returns whether there is one. @throws ConfigurationFileError */
  load(): boolean {
    const stored = readConfigurationFile(this.#disk, this.#path);
    if (stored === undefined) return false;
    this.#configuration = stored.configuration;
    this.#acceptor = stored.acceptor;
    this.#round = stored.round;
    return true;
  }

  /** Undefined until the broker has got one. */
  get configuration(): ClusterConfiguration | undefined {
    return this.#configuration;
  }

  get acceptor(): AcceptorState | null {
    return this.#acceptor;
  }

  /** Listeners hear of every change once, in order; they must not throw. */
  onChange(listener: CopyListener): void {
    this.#listeners.push(listener);
  }

  /** @throws the disk's error */
  set(next: ClusterConfiguration, source: Source): void {
    const before = this.#configuration;
    if (before !== undefined && sameConfiguration(before, next)) return;
    this.#write(next, this.#acceptor, this.#round);
    this.#configuration = next;
    this.#news.push([next, before, source]);
    if (!this.#isTelling) this.#tell();
  }

  #tell(): void {
    this.#isTelling = true;
    try {
      for (let news = this.#news.shift(); news !== undefined; news = this.#news.shift()) {
        for (const listener of this.#listeners) listener(...news);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  /** @throws the disk's error */
  setAcceptor(acceptor: AcceptorState | null): void {
    if (acceptor === this.#acceptor) return;
    this.#write(this.#present(), acceptor, this.#round);
    this.#acceptor = acceptor;
  }

  /** A round that this broker has never used, above the given one. @throws the disk's error */
  nextRound(above: number): number {
    const round = Math.max(this.#round, above) + 1;
    this.#write(this.#present(), this.#acceptor, round);
    this.#round = round;
    return round;
  }

  #present(): ClusterConfiguration {
    if (this.#configuration === undefined) throw new Error('there is no configuration yet');
    return this.#configuration;
  }

  #write(configuration: ClusterConfiguration, acceptor: AcceptorState | null, round: number): void {
    writeConfigurationFile(this.#disk, this.#path, { configuration, acceptor, round });
  }
}
