// Element instances and the tree they form.
import type { Key } from '@millrace/protocol';
import { keyPart, numberPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { type ElementInstance, elementInstanceCodec } from './element-instance.ts';
import { FAMILY } from './families.ts';
import { PerScope } from './per-scope.ts';
import { countValue, presence, readStrings, writeStrings } from './value-codecs.ts';

/** Who waits for the result of an instance. */
export interface AwaitedResult {
  readonly requestId: number;
  /** Names of the wanted variables; empty for all. */
  readonly fetchVariables: readonly string[];
}

export class ElementStateStore {
  readonly instances: PointFamily<Key, ElementInstance>;
  /** scope key -> key of a child that is active. */
  readonly children: RangeFamily<Key, Key, true>;
  readonly awaitedResults: PerScope<AwaitedResult>;
  readonly banned: PointFamily<Key, true>;
  readonly #bannedCount: PointFamily<number, number>;
  #anyBanned: boolean | undefined;

  constructor(db: StateDb) {
    this.instances = db.point({
      number: FAMILY.elementInstance,
      name: 'element-instance',
      key: keyPart,
      value: elementInstanceCodec,
    });
    this.children = db.range({
      number: FAMILY.elementChildren,
      name: 'element-children',
      prefix: keyPart,
      suffix: keyPart,
      value: presence,
    });
    this.awaitedResults = new PerScope(db, FAMILY.awaitedResult, 'awaited-result', {
      write: (out, value) => {
        out.u8(1);
        out.f64(value.requestId);
        writeStrings(out, value.fetchVariables);
      },
      read: (from) => {
        from.u8();
        return { requestId: from.f64(), fetchVariables: readStrings(from) };
      },
    });
    this.banned = db.point({
      number: FAMILY.bannedInstance,
      name: 'banned-instance',
      key: keyPart,
      value: presence,
    });
    this.#bannedCount = db.point({
      number: FAMILY.bannedCount,
      name: 'banned-count',
      key: numberPart,
      value: countValue,
    });
  }

  get(key: Key): ElementInstance | undefined {
    return this.instances.get(key);
  }

  /**
   * Whether a look for a banned instance can find any: spares the look-up on every command of a healthy partition. Once true
   * it stays true until the partition is opened again; a change that is undone cannot make it wrong.
   */
  get anyBanned(): boolean {
    this.#anyBanned ??= (this.#bannedCount.get(0) ?? 0) > 0;
    return this.#anyBanned;
  }

  // Changes, for appliers only.

  ban(processInstanceKey: Key): void {
    if (this.banned.has(processInstanceKey)) return;
    this.#anyBanned = true;
    this.banned.insert(processInstanceKey, true);
    this.#bannedCount.upsert(0, (this.#bannedCount.get(0) ?? 0) + 1);
  }

  /** The instance has ended. */
  unban(processInstanceKey: Key): void {
    if (!this.anyBanned || !this.banned.deleteIfPresent(processInstanceKey)) return;
    this.#bannedCount.upsert(0, (this.#bannedCount.get(0) ?? 0) - 1);
  }

  /** The instance, which must be there: appliers and steps that just checked it. */
  must(key: Key): ElementInstance {
    const instance = this.instances.get(key);
    if (instance === undefined) throw new Error(`element instance ${key} is not in the state`);
    return instance;
  }
}
