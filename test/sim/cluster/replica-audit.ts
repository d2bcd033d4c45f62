// Compares the states of replicas: at the same entry they are equal, byte by byte, and equal to what the log makes of nothing.
// Guarantees: every state that is looked at is compared with every other one seen at the same entry.
// Leaves to others: when to look.
import { crc32 } from 'node:zlib';
import type { Entry } from '@millrace/raft';
import { Engine } from '../../../broker/src/core/engine/engine.ts';
import { NO_STREAMS } from '../../../broker/src/core/engine/environment.ts';
import { Turn } from '../../../broker/src/core/engine/turn.ts';
import { dumpNow, flushNow, MemoryBase } from '../../../broker/src/core/state/memory-base.ts';
import { StateDb } from '../../../broker/src/core/state/state-db.ts';
import { applyEntry } from '../../../broker/src/partition/apply-entry.ts';
import { ExporterPositions } from '../../../broker/src/partition/exporter-positions.ts';
import { md5 } from '../../../broker/src/partition/md5.ts';
import type { OpenPartition } from '../../../broker/src/partition/open-partition.ts';
import type { World } from '../world/world.ts';

interface SeenState {
  readonly sum: number;
  readonly lines: readonly string[];
  readonly by: string;
}

/** States that are kept whole, so that a difference can be shown. */
const KEPT = 16;
const DIFFERENCES_MAX = 5;

export class ReplicaAudit {
  readonly #world: World;
  readonly #partitionId: number;
  readonly #seen = new Map<number, SeenState>();
  compared = 0;

  constructor(world: World, partitionId: number) {
    this.#world = world;
    this.#partitionId = partitionId;
  }

  /** Looks at the committed state of a replica. */
  async look(by: string, replica: OpenPartition): Promise<void> {
    const { store } = replica;
    const index = store.db.committedIndex;
    const lines: string[] = [];
    for await (const line of store.dump()) lines.push(line);
    // The dump is of the call, but entries may have been committed while it was read.
    if (store.db.committedIndex !== index) return;
    this.#compare(by, index, lines);
  }

  #compare(by: string, index: number, lines: readonly string[]): void {
    const sum = crc32(lines.join('\n'));
    const known = this.#seen.get(index);
    if (known === undefined) {
      this.#seen.set(index, { sum, lines, by });
      const old = index - KEPT;
      if (this.#seen.size > KEPT * 4)
        for (const key of this.#seen.keys()) if (key < old) this.#seen.delete(key);
      return;
    }
    this.compared++;
    if (known.sum === sum) return;
    const what = `at entry ${index} the states of ${by} and ${known.by} differ: ${differences(lines, known.lines)}`;
    this.#world.fail('replicas are equal', `partition ${this.#partitionId}: ${what}`);
  }

  /** What the log alone makes of an empty state. */
  replay(entries: readonly Entry[]): void {
    const base = new MemoryBase();
    const db = new StateDb(base, { verifyFresh: true });
    const options = {
      partitionId: this.#partitionId,
      partitionCount: 1,
      commandsInBatchMax: 100,
      checksum: md5,
      random: () => 0.5,
    };
    const engine = new Engine(db, new Turn(this.#partitionId), options, NO_STREAMS);
    const positions = new ExporterPositions(db);
    for (const entry of entries) applyEntry(entry, db, engine, positions);
    flushNow(db, base);
    this.#compare('the replayed log', db.committedIndex, dumpNow(db, base));
  }
}

function differences(ours: readonly string[], theirs: readonly string[]): string {
  const [a, b] = [new Set(ours), new Set(theirs)];
  const only = [
    ...ours.filter((line) => !b.has(line)).map((line) => `+ ${line}`),
    ...theirs.filter((line) => !a.has(line)).map((line) => `- ${line}`),
  ];
  return `${only.length} lines, ${only.slice(0, DIFFERENCES_MAX).join('; ')}`;
}
