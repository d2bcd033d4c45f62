// The sub-commands of the program and what they print. The work is elsewhere: broker.ts, inspect.ts, demo/.
import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { startProblem } from './start-problem.ts';

interface StartFlags {
  readonly config?: string;
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
  readonly demo?: boolean;
}

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
    process.stderr.write(`millrace cannot start: ${startProblem(error as Error)}\n`);
    process.exit(1);
  }
}

/** The first signal ends gracefully with exit code 0, the second at once. */
function stopOnSignals(close: () => Promise<void>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
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
