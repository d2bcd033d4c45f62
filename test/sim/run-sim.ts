// The command `npm run sim -- --seed N` and `--seeds A..B`: runs simulations, makes failures small, prints them.
// Guarantees: the closing line is `N passed, N failed`; a failure is printed with its seed, the shortest prefix of faults that
// still fails, and the end of its trace; the program ends with 1 when anything failed.
// Leaves to others: the runs themselves.
import { parseArgs } from 'node:util';
import { canaryOf, plant } from './canaries.ts';
import { describeFault } from './faults/fault.ts';
import { shrink } from './shrink.ts';
import type { Outcome, RunOptions, Simulation } from './simulation.ts';
import { RealTimeGuard } from './time/real-time-guard.ts';

const USAGE =
  'usage: npm run sim -- (--seed N | --seeds A..B) [--kind NAME] [--canary NAME] [--leveldb] [--trace LINES] [--show] [--quiet] [--no-shrink] [--until-found]';
const TRACE_LINES = 120;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    kind: { type: 'string' },
    canary: { type: 'string' },
    leveldb: { type: 'boolean', default: false },
    trace: { type: 'string', default: String(TRACE_LINES) },
    show: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'until-found': { type: 'boolean', default: false },
  },
});

const [first, last] = range();
const canary = values.canary === undefined ? undefined : canaryOf(values.canary);
if (canary !== undefined) plant(canary);
// Only now, so that the canary is in what is loaded.
const { simulations } = await import('./simulations.ts');
const wanted = values.kind ?? canary?.kind;
const kinds = simulations.filter(({ name }) => wanted === undefined || name === wanted);
if (kinds.length === 0) throw new Error(`there is no kind ${wanted}`);
const options: RunOptions = { isOnLevelDb: values.leveldb };
const traceLines = Number(values.trace);

const guard = new RealTimeGuard();
const startedMs = performance.now();
let passed = 0;
let failed = 0;
const figures = new Map<string, number>();
for (let seed = first; seed <= last && !(values['until-found'] && failed > 0); seed++) {
  for (const kind of kinds) {
    const outcome = await kind.run(seed, { ...options, isTraced: values.show });
    for (const line of outcome.trace) console.log(line);
    for (const [name, value] of Object.entries(outcome.figures))
      figures.set(`${kind.name} ${name}`, (figures.get(`${kind.name} ${name}`) ?? 0) + value);
    if (outcome.failure === undefined) passed++;
    else {
      failed++;
      await report(kind, outcome);
    }
    if (!values.quiet && first === last) printFigures(outcome);
  }
}
for (const violation of guard.violations) console.log(`not deterministic: ${violation}`);
guard.end();
const seconds = (performance.now() - startedMs) / 1000;
if (first !== last) {
  for (const [name, value] of figures) console.log(`${name}: ${value}`);
  console.log(`${((last - first + 1) / seconds).toFixed(1)} seeds/s`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || guard.violations.size > 0 ? 1 : 0);

function range(): [number, number] {
  const single = /^(\d+)$/.exec(values.seed ?? '');
  if (single !== null) return [Number(single[1]), Number(single[1])];
  const several = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? '');
  if (several !== null) return [Number(several[1]), Number(several[2])];
  console.error(USAGE);
  process.exit(2);
}

function printFigures({ endMs, events, digest, figures: counts, faults }: Outcome): void {
  const text = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
  console.log(
    `virtual ${(endMs / 1000).toFixed(1)} s, ${events} events, ${faults.length} faults, digest ${digest.toString(16)}`,
  );
  console.log(text.join(', '));
}

async function report(kind: Simulation, outcome: Outcome): Promise<void> {
  const { seed } = outcome;
  console.log(`\nseed ${seed} (${kind.name}) FAILED: ${lineOf(outcome)}`);
  if (values['no-shrink']) return;
  const { outcome: small, runs } = await shrink(kind, outcome, options);
  console.log(`shortest run that still fails, of ${runs} tried: ${small.faults.length} faults`);
  for (const fault of small.faults) console.log(`  ${describeFault(fault)}`);
  console.log(`it fails with: ${lineOf(small)}`);
  const traced = await kind.run(seed, { ...options, faults: small.faults, isTraced: true });
  console.log(`the last ${traceLines} lines of its trace:`);
  for (const line of traced.trace.slice(-traceLines)) console.log(line);
  const command = `npm run sim -- --seed ${seed} --kind ${kind.name}`;
  console.log(`repeat with: ${command}${values.canary ? ` --canary ${values.canary}` : ''}`);
}

function lineOf({ failure }: Outcome): string {
  return failure === undefined
    ? 'nothing'
    : `${failure.check} at ${failure.atMs.toFixed(1)} ms: ${failure.what}`;
}
