// State is a function of events: brings copies of a partition's state to the end of its log and compares them byte by byte.
//
// One copy is the live state. The others begin at what the log reaches back to: nothing, when it still has its first entry,
// and the newest intact checkpoint. All are brought forward by the code that recovery uses. Works on linked copies in the
// folder for temporary files; the data folder is only read.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, scanJournal } from '@millrace/raft';
import { Engine } from '../core/engine/engine.ts';
import { NO_STREAMS } from '../core/engine/environment.ts';
import { Turn } from '../core/engine/turn.ts';
import { applyEntry } from '../partition/apply-entry.ts';
import { ExporterPositions } from '../partition/exporter-positions.ts';
import { md5 } from '../partition/md5.ts';
import { PARTITION_DEFAULTS } from '../partition/partition-options.ts';
import { linkCheckpoint } from '../store/checkpoint.ts';
import { openLevelStore } from '../store/level-store.ts';
import { checkpointPart } from '../store/live-folder.ts';
import { PartitionStore } from '../store/partition-store.ts';
import type { CheckpointReport, Problem, ReplayReport } from './inspect-messages.ts';
import { levelFolder } from './inspect-state.ts';

/** Bytes of entries that are applied between two flushes. */
const FLUSH_BYTES = 8 * 1024 * 1024;
const DIFFERENCES_MAX = 10;
const HEX_CHARS_MAX = 120;

/** Whatever chance decided stands in the events. */
function random(): number {
  throw new Error('a replay must not ask for chance');
}

export interface ReplaySource {
  readonly partitionId: number;
  readonly partitionCount: number;
  /** Folder of the partition. */
  readonly dir: string;
  readonly checkpoints: readonly CheckpointReport[];
}

export interface ReplayFound {
  readonly reports: readonly ReplayReport[];
  readonly problems: readonly Problem[];
  readonly remarks: readonly string[];
}

interface LogSpan {
  readonly firstIndex: number;
  /** The last entry before the first damage. */
  readonly lastIndex: number;
}

/** A base that states are brought forward from. */
interface Start {
  readonly name: string;
  /** LevelDB folder to copy; undefined for an empty state. */
  readonly folder: string | undefined;
}

/** Compares all ways to the state at the end of the log. Damage of the files themselves is for the other checks to name. */
export async function checkReplay(source: ReplaySource): Promise<ReplayFound> {
  const log = join(source.dir, 'log');
  const span = spanOf(log);
  const live = levelFolder(join(source.dir, 'state'));
  const starts = startsOf(source, span);
  if (live === undefined || starts.length === 0 || span.lastIndex === 0) {
    const why = live === undefined ? 'there is no live state' : 'the log reaches back to no state';
    return { reports: [], problems: [], remarks: [`no replay was compared: ${why}`] };
  }
  const reports: ReplayReport[] = [];
  const problems: Problem[] = [];
  const place = mkdtempSync(join(tmpdir(), 'millrace-replay-'));
  let subject = live;
  try {
    const mine = await broughtForward(source, { name: 'live', folder: live }, span, place);
    try {
      for (const start of starts) {
        subject = start.folder ?? log;
        const other = await broughtForward(source, start, span, place);
        try {
          const found = await compare(mine, other);
          const report = { from: start.name, index: span.lastIndex, ...found };
          reports.push(report);
          for (const text of problemsOf(report)) problems.push({ file: live, offset: -1, text });
        } finally {
          await other.close();
        }
      }
    } finally {
      await mine.close();
    }
  } catch (error) {
    const text = `the log cannot be replayed: ${error instanceof Error ? error.message : String(error)}`;
    problems.push({ file: subject, offset: -1, text });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  return { reports, problems, remarks: [] };
}

function problemsOf({ from, index, differences, differing }: ReplayReport): string[] {
  if (differing === 0) return [];
  const text = `at entry ${index} the live state differs from the replay from ${from} in ${differing} keys`;
  return [text, ...differences];
}

/** Entries without a gap; what follows damage cannot be replayed. */
function* entriesOf(log: string): Generator<Entry> {
  let next = 0;
  for (const item of scanJournal(log)) {
    if (item.kind === 'segment') continue;
    if (item.kind !== 'entry' || (next > 0 && item.entry.index !== next)) return;
    yield item.entry;
    next = item.entry.index + 1;
  }
}

function spanOf(log: string): LogSpan {
  let firstIndex = 0;
  let lastIndex = 0;
  for (const { index } of entriesOf(log)) {
    if (firstIndex === 0) firstIndex = index;
    lastIndex = index;
  }
  return { firstIndex, lastIndex };
}

function startsOf(source: ReplaySource, span: LogSpan): Start[] {
  const starts: Start[] = [];
  if (span.firstIndex === 1) starts.push({ name: 'the first entry', folder: undefined });
  const reached = source.checkpoints.findLast(
    ({ intact, index }) => intact && index + 1 >= span.firstIndex && index <= span.lastIndex,
  );
  if (reached !== undefined) {
    const folder = checkpointPart(join(source.dir, 'checkpoints', reached.id));
    starts.push({ name: `checkpoint ${reached.id}`, folder });
  }
  return starts;
}

/** A store in a new folder below `place`, brought from its start to the end of the log. To be closed by the caller. */
async function broughtForward(
  source: ReplaySource,
  start: Start,
  span: LogSpan,
  place: string,
): Promise<PartitionStore> {
  const dir = mkdtempSync(join(place, 'copy-'));
  const folder = join(dir, 'state');
  if (start.folder !== undefined) await linkCheckpoint(start.folder, folder);
  const level = await openLevelStore(folder, { createIfMissing: start.folder === undefined });
  const store = new PartitionStore({ dir, limits: { verifyFresh: true } }, level, { kind: 'live' });
  try {
    await replay(source, store, span);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function replay(source: ReplaySource, store: PartitionStore, span: LogSpan): Promise<void> {
  const { partitionId, partitionCount } = source;
  const { db } = store;
  const { commandsInBatchMax } = PARTITION_DEFAULTS;
  const options = { partitionId, partitionCount, commandsInBatchMax, checksum: md5, random };
  const engine = new Engine(db, new Turn(partitionId), options, NO_STREAMS);
  engine.keys.counter = db.keyCounter;
  const exporters = new ExporterPositions(db);
  if (db.committedIndex > span.lastIndex || db.committedIndex + 1 < span.firstIndex) {
    const { firstIndex, lastIndex } = span;
    throw new Error(
      `the state has applied entry ${db.committedIndex}, and the log has entries ${firstIndex} to ${lastIndex}`,
    );
  }
  for (const entry of entriesOf(join(source.dir, 'log'))) {
    if (entry.index > span.lastIndex) break;
    if (entry.index <= db.committedIndex) continue;
    applyEntry(entry, db, engine, exporters);
    if (db.committedBytes > FLUSH_BYTES) await store.flush();
  }
  if (db.committedIndex !== span.lastIndex) {
    throw new Error(`the log ended at entry ${db.committedIndex} instead of ${span.lastIndex}`);
  }
}

interface Compared {
  readonly keys: number;
  readonly differing: number;
  readonly differences: readonly string[];
}

/** Goes through both states in key order. */
async function compare(mine: PartitionStore, other: PartitionStore): Promise<Compared> {
  const [ours, theirs] = [mine.dump(), other.dump()];
  const differences: string[] = [];
  let keys = 0;
  let differing = 0;
  let [a, b] = [await ours.next(), await theirs.next()];
  while (a.done !== true || b.done !== true) {
    const [keyA, valueA] = a.done === true ? [undefined, undefined] : a.value.split(' ');
    const [keyB, valueB] = b.done === true ? [undefined, undefined] : b.value.split(' ');
    const isMine = keyA !== undefined && (keyB === undefined || keyA <= keyB);
    const isOther = keyB !== undefined && (keyA === undefined || keyB <= keyA);
    keys++;
    if (!isMine || !isOther || valueA !== valueB) {
      differing++;
      if (differences.length < DIFFERENCES_MAX) {
        const here = isMine ? shortened(valueA ?? '') : 'nothing';
        const there = isOther ? shortened(valueB ?? '') : 'nothing';
        differences.push(`${isMine ? keyA : keyB}: live ${here}, replayed ${there}`);
      }
    }
    if (isMine) a = await ours.next();
    if (isOther) b = await theirs.next();
  }
  return { keys, differing, differences };
}

function shortened(text: string): string {
  return text.length <= HEX_CHARS_MAX ? text : `${text.slice(0, HEX_CHARS_MAX)}...`;
}
