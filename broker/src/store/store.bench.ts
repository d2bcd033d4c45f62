// How fast the state is and how much memory it takes: one JSON line per scenario.
//
// `node --expose-gc broker/src/store/store.bench.ts [scenario...]`; without names all run: hot, churn, waiting,
// checkpoint. `waiting` and `checkpoint` use entries of the size and number of keys of a waiting one-task instance.
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ByteReader, ByteWriter } from '@millrace/protocol';
import { numberPart } from '../core/state/families.ts';
import { MemoryBase } from '../core/state/memory-base.ts';
import { StateDb } from '../core/state/state-db.ts';
import { openPartitionStore, type PartitionStore } from './partition-store.ts';

interface Element {
  readonly process: number;
  readonly state: number;
  readonly element: string;
  readonly payload: string;
}

const value = {
  write(out: ByteWriter, element: Element) {
    out.u8(1);
    out.varint(element.process);
    out.varint(element.state);
    out.string(element.element);
    out.string(element.payload);
  },
  read(from: ByteReader): Element {
    from.u8();
    return {
      process: from.varint(),
      state: from.varint(),
      element: from.string(),
      payload: from.string(),
    };
  },
};

function familiesOf(db: StateDb) {
  return {
    elements: db.point({ number: 1, name: 'elements', key: numberPart, value }),
    children: db.range({
      number: 2,
      name: 'children',
      prefix: numberPart,
      suffix: numberPart,
      value,
    }),
    queue: db.range({ number: 3, name: 'queue', prefix: numberPart, suffix: numberPart, value }),
  };
}

/** Text that does not compress; payloads are cut out of it. */
const NOISE = randomBytes(1 << 20).toString('base64');

function elementOf(key: number, bytes = 40): Element {
  const at = (key * 7919) % (1 << 20);
  return {
    process: 17,
    state: key % 5,
    element: 'charge-card',
    payload: NOISE.slice(at, at + bytes),
  };
}

function rssAnonBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** Nanoseconds of one call, the best of five rounds. */
function nanoseconds(count: number, round: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    round();
    best = Math.min(best, ((performance.now() - start) * 1e6) / count);
  }
  return Math.round(best);
}

function print(scenario: string, figures: Record<string, number | string>): void {
  process.stdout.write(`${JSON.stringify({ scenario, ...figures })}\n`);
}

/** Point access to 1,000 hot keys; a turn of 1,000 changes is sealed and committed. */
function hot(): void {
  const db = new StateDb(new MemoryBase());
  const { elements, children } = familiesOf(db);
  const COUNT = 200_000;
  let index = 0;
  const turn = () => {
    db.sealEntry(++index, 100_000);
    db.commit(index);
  };
  const values = Array.from({ length: 1000 }, (_, key) => elementOf(key));
  for (let key = 0; key < 1000; key++) {
    elements.insertFresh(key, values[key]!);
    children.insertFresh(key % 10, key, values[key]!);
  }
  turn();
  let sum = 0;
  const getNs = nanoseconds(COUNT, () => {
    for (let i = 0; i < COUNT; i++) sum += elements.get(i % 1000)!.process;
  });
  const rangeGetNs = nanoseconds(COUNT, () => {
    for (let i = 0; i < COUNT; i++) sum += children.get(i % 10, i % 1000)!.process;
  });
  const updateNs = nanoseconds(COUNT, () => {
    for (let i = 0; i < COUNT; i++) {
      elements.update(i % 1000, values[(i + 1) % 1000]!);
      if (i % 1000 === 999) turn();
    }
  });
  let key = 1_000_000;
  const insertDeleteNs = nanoseconds(COUNT, () => {
    for (let i = 0; i < COUNT; i++) {
      elements.insertFresh(++key, values[i % 1000]!);
      if (i % 200 === 199) turn();
      if (i >= 200) elements.delete(key - 200);
    }
    for (let i = 0; i < 200; i++) elements.delete(key - i);
    turn();
  });
  let prefix = 1_000_000;
  const rangeInsertDeleteNs = nanoseconds(COUNT, () => {
    for (let i = 0; i < COUNT; i++) {
      children.fresh(++prefix);
      children.insertFresh(prefix, i, values[i % 1000]!);
      if (i % 200 === 199) turn();
      if (i >= 200) children.delete(prefix - 200, i - 200);
    }
    for (let i = 0; i < 200; i++) children.delete(prefix - i, COUNT - 1 - i);
    turn();
  });
  const figures = { getNs, rangeGetNs, updateNs, insertDeleteNs, rangeInsertDeleteNs };
  print('hot', { ...figures, checksum: sum > 0 ? 1 : 0 });
}

/** A store with its families, in a folder of its own. */
interface Place {
  readonly dir: string;
  readonly store: PartitionStore;
  readonly families: ReturnType<typeof familiesOf>;
}

/** Ends a turn: sealed, committed, flushed when due; waits while the state is full. Returns how long it took, ms. */
async function endTurn({ store }: Place, entryBytes: number): Promise<number> {
  const { db } = store;
  const start = performance.now();
  db.sealEntry(db.sealedIndex + 1, entryBytes);
  db.commit(db.sealedIndex);
  store.committed();
  await setImmediate();
  const tookMs = performance.now() - start;
  while (db.isFull) await setImmediate();
  return tookMs;
}

/** Instances of nine entries; 200 live at a time, so that most are gone before a flush. */
async function churn(place: Place): Promise<void> {
  const { elements, children } = place.families;
  const INSTANCES = 300_000;
  const ALIVE = 200;
  const COMMANDS = 50;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < INSTANCES + ALIVE; i++) {
    if (i < INSTANCES) {
      for (let j = 0; j < 6; j++) elements.insertFresh(i * 8 + j, elementOf(i));
      children.fresh(i);
      for (let j = 0; j < 3; j++) children.insertFresh(i, j, elementOf(i));
    }
    if (i >= ALIVE) {
      for (let j = 0; j < 6; j++) elements.delete((i - ALIVE) * 8 + j);
      for (let j = 0; j < 3; j++) children.delete(i - ALIVE, j);
    }
    if (i % COMMANDS === 0) await endTurn(place, COMMANDS * 7_200);
  }
  await place.store.flush();
  const seconds = (performance.now() - start) / 1000;
  print('churn', {
    cpuMicrosecondsPerInstance: Math.round((process.cpuUsage(cpu).user / INSTANCES) * 10) / 10,
    instancesPerSecond: Math.round(INSTANCES / seconds),
    changesPerInstance: 18,
    rssAnonMb: megabytes(rssAnonBytes()),
  });
}

/** Fills with waiting instances; everything has to be written. */
async function fill(place: Place, instances: number, payloadBytes: number) {
  const { elements, children, queue } = place.families;
  let slowestTurnMs = 0;
  const start = performance.now();
  for (let i = 0; i < instances; ) {
    for (let j = 0; j < 50 && i < instances; j++, i++) {
      for (let k = 0; k < 3; k++) elements.insertFresh(i * 8 + k, elementOf(i, payloadBytes));
      children.fresh(i);
      children.insertFresh(i, 1, elementOf(i, payloadBytes));
      queue.insertFresh(1, i, elementOf(i, 1));
    }
    slowestTurnMs = Math.max(slowestTurnMs, await endTurn(place, 50 * 4_000));
  }
  await place.store.flush();
  return { seconds: (performance.now() - start) / 1000, slowestTurnMs };
}

async function waiting(place: Place): Promise<void> {
  const INSTANCES = 1_000_000;
  const before = rssAnonBytes();
  const { seconds, slowestTurnMs } = await fill(place, INSTANCES, 40);
  const after = rssAnonBytes();
  let key = 1;
  const READS = 100_000;
  const start = performance.now();
  for (let i = 0; i < READS; i++) {
    if (i % 100 === 0) place.store.db.savepoint();
    key = (Math.imul(key, 1664525) + 1013904223) >>> 0;
    place.families.elements.get((key % INSTANCES) * 8);
  }
  print('waiting', {
    coldGetNs: Math.round(((performance.now() - start) * 1e6) / READS),
    instances: INSTANCES,
    entries: INSTANCES * 5,
    seconds: Math.round(seconds),
    entriesPerSecond: Math.round((INSTANCES * 5) / seconds),
    slowestTurnMs: Math.round(slowestTurnMs),
    rssAnonBeforeMb: megabytes(before),
    rssAnonMb: megabytes(after),
    rssAnonAfterReadsMb: megabytes(rssAnonBytes()),
    cacheMb: megabytes(place.store.db.sizes().cacheBytes),
  });
}

/** About 1 GB of state; checkpoints while turns go on. */
async function checkpoint(place: Place): Promise<void> {
  await fill(place, 400_000, 700);
  const heldMs: number[] = [];
  let bytes = 0;
  let files = 0;
  let slowestTurnMs = 0;
  let key = 1e10;
  for (let round = 0; round < 10; round++) {
    const target = path.join(place.dir, `copy-${round}`);
    let isDone = false;
    const taking = place.store.takeCheckpoint(target).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      for (let j = 0; j < 50; j++) place.families.elements.insertFresh(++key, elementOf(key, 700));
      slowestTurnMs = Math.max(slowestTurnMs, await endTurn(place, 50_000));
    }
    const taken = await taking;
    heldMs.push(Math.round(taken.heldMs));
    bytes = taken.bytes;
    files = taken.files.length;
    rmSync(target, { recursive: true });
  }
  let slowestTurnBesidesMs = 0;
  for (let turn = 0; turn < 5_000; turn++) {
    for (let j = 0; j < 50; j++) place.families.elements.insertFresh(++key, elementOf(key, 700));
    slowestTurnBesidesMs = Math.max(slowestTurnBesidesMs, await endTurn(place, 50_000));
  }
  heldMs.sort((a, b) => a - b);
  print('checkpoint', {
    stateMb: megabytes(bytes),
    files,
    heldMedianMs: heldMs[5] as number,
    heldMaxMs: heldMs[9] as number,
    slowestTurnMs: Math.round(slowestTurnMs),
    slowestTurnBesidesMs: Math.round(slowestTurnBesidesMs),
  });
}

/** How long opening the state of the last scenario takes. */
async function reopen(place: Place): Promise<void> {
  await place.store.close();
  const start = performance.now();
  const store = await openPartitionStore({ dir: place.dir });
  print('reopen', { ms: Math.round(performance.now() - start), origin: store.origin.kind });
  await store.close();
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

const SCENARIOS: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  hot: async () => hot(),
  churn,
  waiting,
  checkpoint,
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(SCENARIOS)) {
  const run = SCENARIOS[name];
  if (run === undefined) throw new Error(`no scenario ${name}: ${Object.keys(SCENARIOS)}`);
  const dir = await mkdtemp(path.join(tmpdir(), 'store-bench-'));
  const store = await openPartitionStore({ dir });
  const place: Place = { dir, store, families: familiesOf(store.db) };
  await run(place);
  await reopen(place);
  rmSync(dir, { recursive: true });
}
