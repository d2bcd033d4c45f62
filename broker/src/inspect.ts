// `millrace inspect DATA`: reads the log, the checkpoints and the state of every partition offline, checks them, and prints a
// summary or the records.
//
// It changes nothing in the data folder, so it may also look at one that is in use; what is written meanwhile then looks
// like the torn tail of a crash.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { recordJson } from '@millrace/protocol';
import { DamagedFileError, nodeDisk, readCheckedFile, voteDamage } from '@millrace/raft';
import { inspectCheckpoints } from './inspect/inspect-checkpoints.ts';
import { LogInspection } from './inspect/inspect-log.ts';
import type { PartitionReport, Problem } from './inspect/inspect-messages.ts';
import { inspectState } from './inspect/inspect-state.ts';
import { LineOutput, type LineSink } from './inspect/line-output.ts';
import { printReport } from './inspect/print-report.ts';
import { recordLine } from './inspect/record-line.ts';
import { checkReplay, type ReplayFound } from './inspect/replay-check.ts';

export interface InspectOptions {
  /** Print records instead of the summary. */
  readonly records?: boolean;
  /** First and last position to print; both included. */
  readonly from?: number;
  readonly to?: number;
  /** Only this partition. */
  readonly partition?: number;
  /** One JSON text per line: records as exporters see them, or one report per partition. */
  readonly json?: boolean;
  /** Also replay the log and compare what comes out with the live state. Takes the time of a recovery, twice. */
  readonly replay?: boolean;
}

const NOT_REPLAYED: ReplayFound = { reports: [], problems: [], remarks: [] };
const SOUND = 0;
const DAMAGED = 1;
const NOTHING_TO_INSPECT = 2;

/**
 * Prints to standard output, problems in the summary or, when records are printed, to standard error.
 * @returns the exit code: 0 all sound, 1 damage found, 2 nothing to inspect
 */
export async function inspect(dataDir: string, options: InspectOptions = {}): Promise<number> {
  const out = new LineOutput(process.stdout);
  const errors = new LineOutput(process.stderr);
  try {
    return await inspectTo(dataDir, options, out, errors);
  } finally {
    await out.end();
    await errors.end();
  }
}

/** The same, to any sink. */
export async function inspectTo(
  dataDir: string,
  options: InspectOptions,
  out: LineSink,
  errors: LineSink,
): Promise<number> {
  const root = join(resolve(dataDir), 'partitions');
  if (!existsSync(root)) {
    errors.line(`${resolve(dataDir)} is no data folder of Millrace: it has no folder 'partitions'`);
    return NOTHING_TO_INSPECT;
  }
  const all = readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
  const { partition } = options;
  const chosen = partition === undefined ? all : all.filter((id) => id === partition);
  if (chosen.length === 0) {
    const there = all.length === 0 ? 'there is none' : `there are ${all.join(', ')}`;
    errors.line(
      `${root} has no partition${partition === undefined ? '' : ` ${partition}`}: ${there}`,
    );
    return NOTHING_TO_INSPECT;
  }
  let problems = 0;
  for (const id of chosen) {
    const report = await inspectPartition(id, all.length, join(root, String(id)), options, out);
    problems += report.problems.length;
    if (options.records !== true) {
      if (options.json === true) out.line(JSON.stringify(report));
      else printReport(report, out);
    } else for (const each of report.problems) errors.line(problemLine(id, each));
    if (out.isClosed) break;
  }
  const text = problems === 0 ? 'no damage found' : `${problems} problems found`;
  if (options.json !== true && options.records !== true) out.line(text);
  return problems === 0 ? SOUND : DAMAGED;
}

async function inspectPartition(
  partitionId: number,
  partitionCount: number,
  dir: string,
  options: InspectOptions,
  out: LineSink,
): Promise<PartitionReport> {
  const found = await inspectCheckpoints(join(dir, 'checkpoints'));
  const log = new LogInspection();
  const from = options.from ?? Number.NEGATIVE_INFINITY;
  const to = options.to ?? Number.POSITIVE_INFINITY;
  for (const records of log.run(join(dir, 'log'))) {
    if (options.records !== true) continue;
    for (const record of records) {
      if (record.position < from || record.position > to) continue;
      out.line(options.json === true ? recordJson(record, partitionId) : recordLine(record));
    }
    await out.settle();
    if (out.isClosed) break;
  }
  const intact = found.checkpoints.filter((each) => each.intact);
  const newest = intact.at(-1)?.index ?? 0;
  const report = log.report(newest);
  const problems = [...log.problems, ...found.problems, ...memberProblems(dir)];
  const noState = { state: undefined, problems: [] };
  // Who wants the records need not wait until the state is copied.
  const held = options.records === true ? noState : await inspectState(join(dir, 'state'));
  problems.push(...held.problems);
  const applied = held.state?.appliedIndex ?? 0;
  if (applied > report.lastIndex && applied > newest) {
    const text = `the state has applied entry ${applied}, but the log ends with entry ${report.lastIndex}`;
    problems.push({ file: join(dir, 'state'), offset: -1, text });
  }
  const needed = newest + 1;
  if (report.firstIndex > needed) {
    const text = `the log begins with entry ${report.firstIndex}, and no intact checkpoint holds the state before it`;
    problems.push({ file: join(dir, 'log'), offset: -1, text });
  }
  if (report.durableIndex > report.lastIndex && report.durableIndex > newest) {
    const text = `the log ends with entry ${report.lastIndex}, but entries up to ${report.durableIndex} were durable`;
    problems.push({ file: join(dir, 'log'), offset: -1, text });
  }
  const { checkpoints } = found;
  const replayed =
    options.replay === true && options.records !== true
      ? await checkReplay({ partitionId, partitionCount, dir, checkpoints })
      : NOT_REPLAYED;
  return {
    partitionId,
    log: report,
    checkpoints,
    state: held.state,
    replays: replayed.reports,
    remarks: [...found.remarks, ...replayed.remarks],
    problems: [...problems, ...replayed.problems],
  };
}

/** The small files beside log and checkpoints: the vote, the members, a checkpoint being taken over. */
function memberProblems(dir: string): Problem[] {
  const problems: Problem[] = [];
  const vote = join(dir, 'vote');
  const damage = voteDamage(nodeDisk, vote);
  if (damage !== null) problems.push({ file: vote, offset: -1, text: damage });
  for (const file of [join(dir, 'member'), join(dir, 'install')]) {
    try {
      readCheckedFile(nodeDisk, file);
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      problems.push({ file, offset: -1, text: error.message });
    }
  }
  return problems;
}

function problemLine(partitionId: number, { file, offset, text }: Problem): string {
  return `partition ${partitionId}: ${offset < 0 ? file : `${file}, offset ${offset}`}: ${text}`;
}
