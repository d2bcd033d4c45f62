// Makes a failing model small: drops and replaces elements as long as the same check fails.
// Guarantees: what it answers was run and failed; the number of runs is bounded.
// Leaves to others: what a run is.
import {
  type Block,
  block,
  type Handler,
  NONE,
  type RandomModel,
  type RandomProcess,
  sizeOf,
} from './block.ts';
import { type FuzzOutcome, fuzz } from './fuzz-run.ts';

const RUNS_MAX = 1_500;
/** Answers come in another order when the model is another: several are tried. */
const ANSWERS = 4;

export interface Shrunk {
  readonly model: RandomModel;
  /** The seed of the answers. */
  readonly seed: number;
  readonly outcome: FuzzOutcome;
  readonly runs: number;
}

export function shrink(seed: number, failing: RandomModel, outcome: FuzzOutcome): Shrunk {
  let best: Shrunk = { model: failing, seed, outcome, runs: 0 };
  let runs = 0;
  const tried = (model: RandomModel): Shrunk | undefined => {
    for (let i = 0; i < ANSWERS && runs < RUNS_MAX; i++) {
      runs++;
      const answers = i === 0 ? best.seed : seed + i * 7_919;
      const found = fuzz(answers, model);
      if (found.failure?.check === outcome.failure?.check)
        return { model, seed: answers, outcome: found, runs };
    }
    return undefined;
  };
  for (let isSmaller = true; isSmaller && runs < RUNS_MAX; ) {
    isSmaller = false;
    const size = sizeOf(best.model);
    const candidates = smaller(best.model)
      .filter((model) => sizeOf(model) < size)
      .sort((a, b) => sizeOf(a) - sizeOf(b));
    for (const candidate of candidates) {
      const found = tried(candidate);
      if (found === undefined) continue;
      best = found;
      isSmaller = true;
      break;
    }
  }
  return { ...best, runs };
}

/** Models with one thing less. */
function smaller(model: RandomModel): RandomModel[] {
  const found: RandomModel[] = [];
  // Those that are called must stay in their places; the last one is called by nobody.
  if (model.length > 1) found.push(model.slice(0, -1));
  model.forEach((process, i) => {
    for (const less of ofProcess(process)) found.push(model.with(i, less));
  });
  return found;
}

function ofProcess(process: RandomProcess): RandomProcess[] {
  return [
    ...ofBlock(process.body).map((body) => ({ ...process, body })),
    ...ofHandlers(process.inner).map((inner) => ({ ...process, inner })),
    ...(process.end.kind === 'none' ? [] : [{ ...process, end: NONE }]),
    ...(process.starts.length === 0 ? [] : [{ ...process, starts: [] }]),
    ...without(process.listeners).map((listeners) => ({ ...process, listeners })),
  ];
}

function ofBlock(each: Block): Block[] {
  const found: Block[] = each.kind === 'pass' ? [] : [block('pass', each.id)];
  found.push(...each.parts);
  each.parts.forEach((part, i) => {
    for (const less of ofBlock(part)) found.push({ ...each, parts: each.parts.with(i, less) });
  });
  if (each.parts.length > 2 || (each.kind === 'early' && each.parts.length > 1))
    for (const parts of without(each.parts)) found.push({ ...each, parts });
  for (const boundaries of ofHandlers(each.boundaries)) found.push({ ...each, boundaries });
  for (const inner of ofHandlers(each.inner)) found.push({ ...each, inner });
  for (const listeners of without(each.listeners)) found.push({ ...each, listeners });
  if (each.rounds !== undefined) found.push({ ...each, rounds: undefined });
  if (each.inputs.length > 0) found.push({ ...each, inputs: [] });
  if (each.outputs.length > 0) found.push({ ...each, outputs: [] });
  return found;
}

/** One handler less, or one with less in it. */
function ofHandlers(handlers: readonly Handler[]): (readonly Handler[])[] {
  const found: (readonly Handler[])[] = without(handlers);
  handlers.forEach((handler, i) => {
    if (handler.event.kind === 'compensation') return;
    for (const body of ofBlock(handler.body)) found.push(handlers.with(i, { ...handler, body }));
  });
  return found;
}

const without = <T>(list: readonly T[]): T[][] => list.map((_, i) => list.toSpliced(i, 1));
