// The command `npm run fuzz -- --seed N` and `--seeds A..B`: random models with random answers, one for each seed.
// Guarantees: the closing line is `N passed, N failed`; a failure is printed with its seed, the smallest model that still fails
// and the end of what happened; the program ends with 1 when anything failed.
// Leaves to others: the runs themselves.
import { parseArgs } from 'node:util';
import { sizeOf } from './block.ts';
import { type FuzzOutcome, fuzz, modelOf } from './fuzz-run.ts';
import { printModel } from './print-model.ts';
import { shrink } from './shrink.ts';

const USAGE = 'usage: npm run fuzz -- (--seed N | --seeds A..B) [--no-shrink] [--story LINES]';

/** How often a long run says how far it is. */
const SEEDS_BETWEEN_LINES = 500;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    story: { type: 'string', default: '80' },
  },
});

const [first, last] = range();
const startedMs = performance.now();
let passed = 0;
let failed = 0;
let records = 0;
for (let seed = first; seed <= last; seed++) {
  const outcome = fuzz(seed);
  records += outcome.records;
  if (outcome.failure === undefined) passed++;
  else {
    failed++;
    report(seed, outcome);
  }
  if (seed % SEEDS_BETWEEN_LINES === 0)
    console.log(`seed ${seed}: ${passed} passed, ${failed} failed`);
}
const seconds = (performance.now() - startedMs) / 1000;
if (first !== last)
  console.log(`${records} records, ${((last - first + 1) / seconds).toFixed(1)} models/s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

function range(): [number, number] {
  const single = /^(\d+)$/.exec(values.seed ?? '');
  if (single !== null) return [Number(single[1]), Number(single[1])];
  const several = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? '');
  if (several !== null) return [Number(several[1]), Number(several[2])];
  console.error(USAGE);
  process.exit(2);
}

function report(seed: number, outcome: FuzzOutcome): void {
  console.log(`\nseed ${seed} FAILED: ${lineOf(outcome)}`);
  if (values['no-shrink']) return;
  const model = modelOf(seed);
  const small = shrink(seed, model, outcome);
  console.log(
    `the smallest model that still fails, of ${small.runs} runs (size ${sizeOf(small.model)} of ${sizeOf(model)}), answers of seed ${small.seed}:`,
  );
  console.log(printModel(small.model));
  console.log(`it fails with ${lineOf(small.outcome)}`);
  for (const line of small.outcome.story().slice(-Number(values.story))) console.log(`  ${line}`);
  console.log(`repeat with: npm run fuzz -- --seed ${seed}`);
}

function lineOf({ failure }: FuzzOutcome): string {
  return failure === undefined ? 'nothing' : `${failure.check}: ${failure.what}`;
}
