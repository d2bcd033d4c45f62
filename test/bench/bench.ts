// `npm run bench [-- NAME... --smoke]`: named scenarios, one JSON line each, with the disk's own speed beside it.
//
// These are measurements, never tests: nothing here passes or fails by a figure. `--smoke` runs each scenario for a moment, to
// show that it still works.
import { parseArgs } from 'node:util';
import { fdatasyncMs } from './disk-speed.ts';
import type { Scenario } from './scenario.ts';
import { cluster } from './scenarios/cluster.ts';
import { clusterLatency } from './scenarios/cluster-latency.ts';
import { createLatency } from './scenarios/create-latency.ts';
import { engine } from './scenarios/engine.ts';
import { failOver } from './scenarios/fail-over.ts';
import { join } from './scenarios/join.ts';
import { messages, timers } from './scenarios/messages.ts';
import { parallel, tenTasks } from './scenarios/models.ts';
import { oneTask } from './scenarios/one-task.ts';
import { replay } from './scenarios/replay.ts';
import { restart } from './scenarios/restart.ts';
import { rounds } from './scenarios/rounds.ts';
import { start } from './scenarios/start.ts';
import { waiting } from './scenarios/waiting.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  engine,
  replay,
  start,
  'one-task': oneTask,
  'create-latency': createLatency,
  waiting,
  restart,
  cluster,
  'cluster-latency': clusterLatency,
  'fail-over': failOver,
  'ten-tasks': tenTasks,
  parallel,
  rounds,
  messages,
  timers,
  join,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false } },
});
const names = positionals.length > 0 ? positionals : Object.keys(scenarios);
for (const name of names) {
  const scenario = scenarios[name];
  if (scenario === undefined) {
    console.error(
      `There is no scenario '${name}'. There are: ${Object.keys(scenarios).join(', ')}.`,
    );
    process.exit(2);
  }
  const disk = fdatasyncMs();
  const figures = await scenario({ isSmoke: values.smoke });
  console.log(
    JSON.stringify({ scenario: name, ...figures, fdatasyncMs: disk, node: process.version }),
  );
}
