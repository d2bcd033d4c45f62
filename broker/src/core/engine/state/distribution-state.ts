// Commands on their way to other partitions: kept until each has acknowledged (engine-semantics.md M).
import {
  type CommandDistributionValue,
  catalog,
  type Key,
  NO_KEY,
  partitionOf,
} from '@millrace/protocol';
import { keyPart, numberPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { dictionaryCodec } from './dictionary-codec.ts';
import { FAMILY } from './families.ts';
import { countValue, keyValue, presence } from './value-codecs.ts';

export class DistributionState {
  /** distribution key -> what is distributed */
  readonly distributions: PointFamily<Key, CommandDistributionValue>;
  /** partition -> distribution keys that it has not acknowledged, oldest first: their order is the order of delivery */
  readonly open: RangeFamily<number, Key, true>;
  /** partition -> key of its newest deployment that was taken here; they come in the order of their keys */
  readonly #deploymentTaken: PointFamily<number, Key>;

  /** partition -> key of its newest signal that was taken here; they come in the order of their keys */
  readonly #signalTaken: PointFamily<number, Key>;
  /** 0 -> partitions that definitions go to, when there are more than the cluster began with */
  readonly #partitionCount: PointFamily<number, number>;

  constructor(db: StateDb) {
    const codec = catalog.COMMAND_DISTRIBUTION.codec;
    this.distributions = db.point({
      number: FAMILY.distribution,
      name: 'distribution',
      key: keyPart,
      value: dictionaryCodec<CommandDistributionValue>(
        (out, value, names) => codec.write(out, value, names),
        (from, names) => codec.read(from, names) as CommandDistributionValue,
      ),
    });
    this.open = db.range({
      number: FAMILY.distributionTarget,
      name: 'distribution-target',
      prefix: numberPart,
      suffix: keyPart,
      value: presence,
    });
    this.#deploymentTaken = db.point({
      number: FAMILY.deploymentTaken,
      name: 'deployment-taken',
      key: numberPart,
      value: keyValue,
    });
    this.#signalTaken = db.point({
      number: FAMILY.signalTaken,
      name: 'signal-taken',
      key: numberPart,
      value: keyValue,
    });
    this.#partitionCount = db.point({
      number: FAMILY.partitionCount,
      name: 'partition-count',
      key: numberPart,
      value: countValue,
    });
  }

  /** Whether this deployment, or a newer one of its partition, was taken before: what comes now is a repetition. */
  isTaken(deploymentKey: Key): boolean {
    return (this.#deploymentTaken.get(partitionOf(deploymentKey)) ?? NO_KEY) >= deploymentKey;
  }

  /** The same for a signal. */
  isSignalTaken(signalKey: Key): boolean {
    return (this.#signalTaken.get(partitionOf(signalKey)) ?? NO_KEY) >= signalKey;
  }

  /** Partitions that definitions go to, as far as the log knows; 0 when the cluster has never grown. */
  get partitionCount(): number {
    return this.#partitionCount.get(0) ?? 0;
  }

  // Changes, for appliers only.

  setPartitionCount(count: number): void {
    this.#partitionCount.upsert(0, Math.max(count, this.partitionCount));
  }

  takeSignal(signalKey: Key): void {
    this.#signalTaken.upsert(partitionOf(signalKey), signalKey);
  }

  takeDeployment(deploymentKey: Key): void {
    this.#deploymentTaken.upsert(partitionOf(deploymentKey), deploymentKey);
  }
}
