// Commands on their way to other partitions: kept until each has acknowledged (engine-semantics.md M).
import { type CommandDistributionValue, catalog, type Key } from '@millrace/protocol';
import { keyPart, numberPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { dictionaryCodec } from './dictionary-codec.ts';
import { FAMILY } from './families.ts';
import { presence } from './value-codecs.ts';

export class DistributionState {
  /** distribution key -> what is distributed */
  readonly distributions: PointFamily<Key, CommandDistributionValue>;
  /** partition -> distribution keys that it has not acknowledged, oldest first: their order is the order of delivery */
  readonly open: RangeFamily<number, Key, true>;

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
  }
}
