// Serves the gateway with a partition that has no engine behind it, for measuring the gateway alone with a load
// generator: node broker/src/gateway/testing/serve-scripted.ts. Prints the port and, each five seconds, the
// main thread's CPU per call.

import { systemTimers } from '@millrace/raft';
import { silentLog } from '../../ops/log.ts';
import { createMetrics } from '../../ops/metrics.ts';
import { GATEWAY_DEFAULTS, startGateway } from '../gateway.ts';
import { LocalCluster } from '../partitions/local-cluster.ts';
import { ScriptedPartition } from './scripted-partition.ts';

const partition = new ScriptedPartition(1);
partition.keep = false;
let commands = 0;
partition.script = () => {
  commands++;
  return undefined;
};
const cluster = new LocalCluster([partition], {
  nodeId: 0,
  host: '127.0.0.1',
  port: 26501,
  version: '8.6.0',
});
const gateway = await startGateway(
  cluster,
  cluster,
  { ...GATEWAY_DEFAULTS, port: Number(process.env.PORT ?? 0) },
  {
    clock: Date,
    timers: systemTimers,
    random: Math.random,
    log: silentLog(),
    metrics: createMetrics(false),
  },
);
gateway.setServing();
console.log(gateway.address);
let before = process.cpuUsage();
setInterval(() => {
  const used = process.cpuUsage(before);
  before = process.cpuUsage();
  const cpuUs = used.user + used.system;
  if (commands > 0) {
    console.log(
      `${(commands / 5).toFixed(0)} calls/s, ${(cpuUs / commands).toFixed(1)} us CPU per call (scripted partition included), ` +
        `rss ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
    );
  }
  commands = 0;
}, 5000);
process.once('SIGTERM', () => void gateway.close(2000).then(() => process.exit(0)));
