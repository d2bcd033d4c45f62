// The sub-commands of the program and what they print. The work is elsewhere: broker.ts, inspect.ts, demo/.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { systemTimers } from '@millrace/raft';
import { Command, InvalidArgumentError } from 'commander';
import { startProblem } from './start-problem.ts';

interface StartFlags {
  readonly config?: string;
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
  readonly demo?: boolean;
}

interface ClusterFlags {
  readonly brokers: number;
  readonly partitions: number;
  readonly replication?: number;
  readonly data: string;
  readonly portOffset: number;
  readonly demo?: boolean;
}

/** What the ports of one machine allow; for trying, not for work. */
const TRIAL_BROKERS_MAX = 15;
const TRIAL_REPLICATION = 3;
/** A key press may come twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 300;

interface InspectFlags {
  readonly partition?: number;
  readonly records?: boolean;
  readonly json?: boolean;
  readonly replay?: boolean;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Runs one command; ends the process with its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = new Command('millrace').description(
    'A workflow broker: runs BPMN processes for Zeebe clients and workers.',
  );
  program
    .command('start')
    .description('start a broker')
    .option('--config <file>', 'YAML or JSON file with settings')
    .option('--data <directory>', 'where the data lies (default: ./data)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'gRPC port (default: 26500)', wholeNumber)
    .option('--demo', 'deploy an example process and work its jobs')
    .action((flags: StartFlags) => start(flags));
  program
    .command('gateway')
    .description('start a gateway without partitions, in front of the brokers of a cluster')
    .option('--config <file>', 'YAML or JSON file with settings')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'gRPC port (default: 26500)', wholeNumber)
    .action((flags: StartFlags) => startGateway(flags));
  program
    .command('cluster')
    .description('start several brokers on this machine, to try a cluster and its fail-over')
    .option('--brokers <number>', 'how many brokers', wholeNumber, 3)
    .option('--partitions <number>', 'how many partitions', wholeNumber, 3)
    .option('--replication <number>', 'replicas of each partition (default: 3)', wholeNumber)
    .option('--data <directory>', 'where the data of all brokers lies', 'data-cluster')
    .option('--port-offset <number>', 'of the first broker: ten ports for each one', wholeNumber, 0)
    .option('--demo', 'deploy an example process and work its jobs')
    .action((flags: ClusterFlags) => startCluster(flags));
  program
    .command('inspect <data>')
    .description('check the log, state and checkpoints of a stopped broker and print records')
    .option('--partition <number>', 'only this partition', wholeNumber)
    .option('--records', 'print every record')
    .option('--json', 'print JSON lines')
    .option('--replay', 'also replay the log and compare the result with the live state')
    .action(async (data: string, flags: InspectFlags) => {
      const { inspect } = await import('./inspect.ts');
      process.exitCode = await inspect(data, flags);
    });
  await program.parseAsync(argv as string[]);
}

const out = (line: string): void => void process.stdout.write(`${line}\n`);

async function start(flags: StartFlags): Promise<void> {
  const { ConfigError, loadConfig } = await import('./config.ts');
  let loaded: ReturnType<typeof loadConfig>;
  try {
    const { data, host, port } = flags;
    loaded = loadConfig({ file: flags.config, env: process.env, flags: { data, host, port } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`millrace cannot start: ${error.message}\n`);
    process.exit(1);
  }
  const { config, notices } = loaded;
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  const { startBroker } = await import('./broker.ts');
  let broker: Awaited<ReturnType<typeof startBroker>>;
  try {
    broker = await startBroker(config);
    stopOnSignals(() => broker.close());
    await broker.ready;
  } catch (error) {
    process.stderr.write(`millrace cannot start: ${startProblem(error as Error)}\n`);
    process.exit(1);
  }
  const { gatewayAddress, managementAddress } = broker;
  out(`Millrace is ready. gRPC ${gatewayAddress}, management http://${managementAddress}`);
  out(`Data in ${config.dataDirectory}`);
  if (flags.demo === true) {
    const { runDemo } = await import('./demo/demo.ts');
    await runDemo(gatewayAddress, process.stdout);
    return;
  }
  out('Try next:  npm start -- --demo   (an example process with a worker)');
  out(`           npx zbctl --insecure --address ${gatewayAddress} status`);
  out(`           curl http://${managementAddress}/health`);
}

async function startGateway(flags: StartFlags): Promise<void> {
  const { ConfigError, loadGatewayConfig } = await import('./config.ts');
  let loaded: ReturnType<typeof loadGatewayConfig>;
  try {
    const { host, port } = flags;
    loaded = loadGatewayConfig({ file: flags.config, env: process.env, flags: { host, port } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`millrace cannot start: ${error.message}\n`);
    process.exit(1);
  }
  for (const notice of loaded.notices) process.stderr.write(`${notice}\n`);
  const { startStandaloneGateway } = await import('./standalone-gateway.ts');
  try {
    const gateway = await startStandaloneGateway(loaded.config);
    stopOnSignals(() => gateway.close());
    const { gatewayAddress, managementAddress } = gateway;
    out(`The gateway listens. gRPC ${gatewayAddress}, management http://${managementAddress}`);
    await gateway.ready;
    out('It knows the leaders of all partitions.');
  } catch (error) {
    process.stderr.write(`millrace cannot start: ${startProblem(error as Error, 'gateway')}\n`);
    process.exit(1);
  }
}

async function startCluster(flags: ClusterFlags): Promise<void> {
  const { brokers, partitions, portOffset } = flags;
  const replicationFactor = flags.replication ?? Math.min(brokers, TRIAL_REPLICATION);
  if (brokers < 1 || brokers > TRIAL_BROKERS_MAX || replicationFactor > brokers) {
    process.stderr.write(
      `millrace cannot start: ${brokers} brokers with ${replicationFactor} replicas of each partition; ` +
        `it takes 1 to ${TRIAL_BROKERS_MAX} brokers, and at most one replica on each\n`,
    );
    process.exit(1);
  }
  const { TrialConsole } = await import('./demo/trial-console.ts');
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const trial = new TrialConsole(
    {
      brokers,
      partitions,
      replicationFactor,
      directory: flags.data,
      portOffset,
      main,
      env: process.env,
    },
    { input: process.stdin, output: process.stdout },
  );
  stopOnSignals(() => trial.close());
  // The brokers are not of the terminal's group: when it is closed, they have to be told.
  process.once('SIGHUP', () => trial.end());
  trial.start();
  trial.wantsEnd.then(async (why) => {
    await trial.close();
    process.exit(why === 'asked' ? 0 : 1);
  });
  await trial.ready;
  if (flags.demo !== true) return;
  const { runDemo } = await import('./demo/demo.ts');
  const gateways = trial.cluster.brokers.map(({ gateway }) => gateway);
  await runDemo(`ipv4:${gateways.join(',')}`, process.stdout);
}

/** The first signal ends gracefully with exit code 0, the second at once. */
function stopOnSignals(close: () => Promise<void>): void {
  let stoppingSinceMs = 0;
  const stop = (signal: NodeJS.Signals): void => {
    const nowMs = systemTimers.monotonicMs();
    if (stoppingSinceMs > 0) {
      if (nowMs - stoppingSinceMs < SAME_PRESS_MS) return;
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    stoppingSinceMs = nowMs;
    out(`${signal}: stopping; once more ends at once`);
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`millrace did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
