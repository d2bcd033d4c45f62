// Brings the definitions of partition 1 to partitions that join the cluster.
//
// Guarantees: may be begun again at any point and by another leader, what has arrived is not taken twice; what is deployed
// meanwhile goes to the new partitions by itself, because the count of partitions is raised first.
// Leaves to others: when a new partition gets instances (the cluster's plan).
import { ByteReader, ByteWriter, type Key, NO_KEY, type ScaleValue } from '@millrace/protocol';
import type { Timers } from '@millrace/raft';
import { internalCommand } from '../core/engine/inbound-command.ts';
import { FAMILY } from '../core/engine/state/families.ts';
import { keyPart } from '../core/state/families.ts';
import type { PartitionStore } from '../store/partition-store.ts';
import type { OpenPartition } from './open-partition.ts';

/** Between two looks, ms. */
const LOOK_MS = 20;
/** Keys that are read at once. */
const PIECE_KEYS = 1_000;

/** Raises the count of partitions and sends every definition to the added ones. Rejects when this is no leader any more. */
export async function scaleUp(
  open: OpenPartition,
  partitionCount: number,
  added: readonly number[],
  timers: Timers,
): Promise<void> {
  command(open, 'SCALE_UP', { desiredPartitionCount: partitionCount });
  await untilDone(open, timers);
  for (const processDefinitionKey of await definitionKeys(open.store)) {
    for (const partitionId of added) {
      const value = { desiredPartitionCount: partitionCount, partitionId, processDefinitionKey };
      command(open, 'BRING', value);
    }
  }
  await untilDone(open, timers);
}

function command(open: OpenPartition, intent: 'SCALE_UP' | 'BRING', of: Partial<ScaleValue>): void {
  const value = {
    desiredPartitionCount: 0,
    partitionId: 0,
    processDefinitionKey: NO_KEY,
    ...of,
  };
  open.offer(internalCommand('SCALE', intent, NO_KEY, value));
}

/** Resolves when everything that the partition has taken so far is committed. */
async function untilDone(open: OpenPartition, timers: Timers): Promise<void> {
  await until(open, timers, () => open.isIdle);
}

/** Resolves when these partitions have acknowledged everything that was sent to them. */
export async function untilDistributed(
  open: OpenPartition,
  partitions: readonly number[],
  timers: Timers,
): Promise<void> {
  await until(open, timers, async () => {
    const waiting = await open.loader.read(() => open.engine.unacknowledged());
    return !waiting.some(({ partitionId }) => partitions.includes(partitionId));
  });
}

/** Resolves when it is so. Rejects when this is no leader any more. */
export async function until(
  open: OpenPartition,
  timers: Timers,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  for (;;) {
    if (!open.isLeading) throw new Error('this replica of the partition does not lead');
    if (await isSo()) return;
    await new Promise<void>((resolve) => {
      timers.after(LOOK_MS, resolve);
    });
  }
}

/** Keys of all definitions that are deployed. */
async function definitionKeys(store: PartitionStore): Promise<readonly Key[]> {
  await store.flush();
  const out = new ByteWriter();
  out.u16(FAMILY.processByKey);
  const prefix = out.copy();
  const keys: Key[] = [];
  let after: Uint8Array | undefined;
  for (;;) {
    const piece = await store.readRange({ prefix, after, limit: PIECE_KEYS });
    for (const { key } of piece) keys.push(keyPart.read(new ByteReader(key, prefix.length)));
    if (piece.length < PIECE_KEYS) return keys;
    after = piece.at(-1)?.key;
  }
}
