// `npm run cluster`: three brokers by one command, killed and started again by what is typed, ended by one signal.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokerMain } from '../kit/broker-process.ts';
import { freePortRow } from '../kit/free-ports.ts';
import { until } from '../kit/until.ts';

const patience = 40_000;

class TypedCluster {
  printed = '';
  #seenTo = 0;
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [brokerMain, 'cluster', ...args]);
    const keep = (bytes: Buffer): void => {
      this.printed += bytes.toString();
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Waits for the next line of its own that fits. */
  async says(pattern: RegExp): Promise<string> {
    const look = () => {
      const match = pattern.exec(this.printed.slice(this.#seenTo));
      if (match === null) return undefined;
      this.#seenTo += match.index + match[0].length;
      return match[0];
    };
    try {
      return await until(look, { within: patience, what: `a line like ${pattern}` });
    } catch (error) {
      throw new Error(`${error}\nIt printed:\n${this.printed}`);
    }
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

describe.skipIf(!existsSync(brokerMain))('millrace cluster', () => {
  let folder: string;
  let offset: number;
  let cluster: TypedCluster;
  const management = (nodeId: number) => `http://127.0.0.1:${9600 + 10 * (offset + nodeId)}`;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-cluster-command-'));
    offset = await freePortRow(3);
  });
  afterAll(async () => {
    cluster?.signal('SIGTERM');
    await cluster?.ended;
    await rm(folder, { recursive: true, force: true });
  });

  test('starts brokers that lead all partitions', { timeout: 2 * patience }, async () => {
    cluster = new TypedCluster('--partitions=2', `--data=${folder}`, `--port-offset=${offset}`);
    await cluster.says(/the cluster is ready/);
    await cluster.says(/partition 2 is led by broker [012]/);
    expect(await readdir(folder)).toEqual(['0', '1', '2']);
    expect((await fetch(`${management(2)}/ready`)).status).toBe(200);
  });

  test('a killed broker is gone, its partition led again, and it comes back', {
    timeout: 3 * patience,
  }, async () => {
    cluster.type('l');
    const line = await cluster.says(/partition 1 is led by broker \d/);
    const leader = Number(line.at(-1));
    cluster.type(`k ${leader}`);
    await cluster.says(new RegExp(`broker ${leader} is gone \\(SIGKILL\\)`));
    await expect(fetch(`${management(leader)}/ready`)).rejects.toThrow();
    await cluster.says(new RegExp(`partition 1 is led by broker [^${leader}]`));
    cluster.type(`s ${leader}`);
    await cluster.says(new RegExp(`broker ${leader} is ready`));
  });

  test('one key press that arrives twice ends all brokers in order', {
    timeout: patience,
  }, async () => {
    cluster.signal('SIGINT');
    cluster.signal('SIGINT');
    expect(await cluster.ended).toBe(0);
    expect(cluster.printed).toContain('all brokers have ended');
    await expect(fetch(`${management(1)}/ready`)).rejects.toThrow();
  });

  test('what it cannot do is told and ends it', { timeout: 2 * patience }, async () => {
    const wrong = new TypedCluster('--brokers=2', '--replication=3');
    expect(await wrong.ended).toBe(1);
    expect(wrong.printed).toContain('at most one replica on each');
    const other = new TypedCluster('--partitions=5', `--data=${folder}`, `--port-offset=${offset}`);
    expect(await other.ended).toBe(1);
    expect(other.printed).toContain('holds 2 partitions, but 5 are configured');
  });
});
