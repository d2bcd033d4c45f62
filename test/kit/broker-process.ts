// A real broker process for tests: free ports, a data directory of its own, ended and cleaned up by its owner.
//
// Guarantees: start() returns when /ready answers, or throws with what the process printed; stop() and kill() return
// when the process is gone; leaving an `await using` block kills what still runs and removes a folder made here.
// It knows the program only from outside: command line, environment, ports, signals, exit code.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePortOffset } from './free-ports.ts';
import { until } from './until.ts';

export interface BrokerOptions {
  /** Where its data lies; without it a temporary folder, removed at the end. */
  readonly dataDirectory?: string;
  /** Added to the environment; `undefined` takes a name out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The program; the repository's broker unless a test brings its own. */
  readonly main?: string;
  readonly args?: readonly string[];
  /** Put before node: a wrapper such as unshare. */
  readonly wrapper?: readonly string[];
  /** ms until /ready must have answered. */
  readonly readyWithin?: number;
  /** Keep the ports of an earlier process, so that clients find the broker again. */
  readonly portOffset?: number;
  /** Where clients reach it; 127.0.0.1 unless given. */
  readonly host?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The repository's broker program. */
export const brokerMain = path.resolve(import.meta.dirname, '../../broker/src/main.ts');
const printedCharactersMax = 200_000;

export class BrokerProcess implements AsyncDisposable {
  readonly dataDirectory: string;
  readonly portOffset: number;
  /** host:port of the gRPC gateway. */
  readonly address: string;
  /** http://host:port of the management server. */
  readonly management: string;
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  #printed = '';
  readonly #child: ChildProcess;
  readonly #ownsFolder: boolean;

  private constructor(options: BrokerOptions, dataDirectory: string, portOffset: number) {
    this.dataDirectory = dataDirectory;
    this.portOffset = portOffset;
    this.#ownsFolder = options.dataDirectory === undefined;
    const host = options.host ?? '127.0.0.1';
    this.address = `${host}:${26500 + 10 * portOffset}`;
    this.management = `http://${host}:${9600 + 10 * portOffset}`;
    const program = [process.execPath, options.main ?? brokerMain, ...(options.args ?? ['start'])];
    const [command, ...args] = [...(options.wrapper ?? []), ...program];
    this.#child = spawn(command as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(options, dataDirectory, portOffset),
    });
    // A test run that is broken off must not leave brokers behind.
    const killWithParent = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', killWithParent);
    const keep = (bytes: Buffer): void => {
      this.#printed = (this.#printed + bytes.toString()).slice(-printedCharactersMax);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        process.off('exit', killWithParent);
        this.#exit ??= { code, signal };
        resolve(this.#exit);
      };
      this.#child.once('error', (error) => {
        keep(Buffer.from(`${error.message}\n`));
        end(null, null);
      });
      this.#child.once('close', end);
    });
  }

  /** Starts a broker without waiting for it. */
  static async spawn(options: BrokerOptions = {}): Promise<BrokerProcess> {
    const folder = options.dataDirectory ?? (await mkdtemp(path.join(tmpdir(), 'millrace-data-')));
    return new BrokerProcess(options, folder, options.portOffset ?? (await freePortOffset()));
  }

  /** Starts a broker and waits until it is ready. @throws Error with what it printed when it is not in time */
  static async start(options: BrokerOptions = {}): Promise<BrokerProcess> {
    const broker = await BrokerProcess.spawn(options);
    try {
      await broker.ready(options.readyWithin ?? 20_000);
      return broker;
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** What it printed on both outputs, the newest part. */
  get printed(): string {
    return this.#printed;
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** Waits until /ready answers with 200. */
  async ready(within = 20_000): Promise<void> {
    try {
      await until(() => this.#isReady(), { within, what: `${this.management}/ready` });
    } catch (error) {
      throw new Error(`the broker did not get ready: ${error}\nIt printed:\n${this.#printed}`);
    }
  }

  /** GET of a management path, e.g. `/health`. @throws Error also when no answer comes in time */
  async get(
    pathname: string,
    within = 5_000,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const signal = AbortSignal.timeout(within);
    const response = await fetch(`${this.management}${pathname}`, { signal });
    return { status: response.status, body: await response.text() };
  }

  /** POST without a body; returns the HTTP status. */
  async post(pathname: string, within = 10_000): Promise<number> {
    const signal = AbortSignal.timeout(within);
    return (await fetch(`${this.management}${pathname}`, { method: 'POST', signal })).status;
  }

  /** Asks it to end and waits for that. @throws Error when it has not ended in time (it is killed then) */
  async stop(signal: NodeJS.Signals = 'SIGTERM', within = 15_000): Promise<Exit> {
    if (this.running) this.#child.kill(signal);
    try {
      return await until(() => this.#exit, {
        within,
        what: `the end of the broker after ${signal}`,
      });
    } catch (error) {
      await this.kill();
      throw new Error(`${error}\nIt printed:\n${this.#printed}`);
    }
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once, like a crash of the process. */
  async kill(): Promise<Exit> {
    if (this.running) this.#child.kill('SIGKILL');
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#ownsFolder) await rm(this.dataDirectory, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    if (this.#exit !== undefined) {
      throw new Error(`it ended with code ${this.#exit.code}, signal ${this.#exit.signal}`);
    }
    try {
      return (await fetch(`${this.management}/ready`)).status === 200;
    } catch {
      return false; // nobody listens yet
    }
  }
}

function environment(
  options: BrokerOptions,
  dataDirectory: string,
  portOffset: number,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(ZEEBE_|MILLRACE_|VITEST|NODE_V8_)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    ZEEBE_BROKER_DATA_DIRECTORY: dataDirectory,
    ZEEBE_BROKER_NETWORK_PORTOFFSET: String(portOffset),
    ...options.env,
  };
}
