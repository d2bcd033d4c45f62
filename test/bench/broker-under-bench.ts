// A real broker process for a benchmark, in a folder of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePortOffset } from '../kit/free-ports.ts';
import { GrpcLoad } from './grpc-load.ts';
import { anonymousMb } from './memory.ts';

const MAIN = fileURLToPath(new URL('../../broker/src/main.ts', import.meta.url));
const DEADLINE_MS = 30_000;

export class BrokerUnderBench {
  readonly dir: string = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  address = '';
  #child: ReturnType<typeof spawn> | undefined;

  /** Starts the process; resolves with the ms from its spawning to its first answered call. */
  async start(): Promise<number> {
    const offset = await freePortOffset();
    this.address = `127.0.0.1:${26500 + 10 * offset}`;
    const begin = performance.now();
    this.#child = spawn(process.execPath, [MAIN, 'start', '--data', this.dir], {
      env: {
        ...process.env,
        ZEEBE_BROKER_NETWORK_PORTOFFSET: String(offset),
        ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '64MB',
        ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '32MB',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (;;) {
      try {
        const client = await GrpcLoad.connect(this.address);
        await client.topology();
        await client.create('no-such-process', '').catch((error: Error) => {
          if (!error.message.includes('NOT_FOUND')) throw error;
        });
        client.close();
        return performance.now() - begin;
      } catch (error) {
        if (performance.now() - begin > DEADLINE_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  get memoryMb(): number {
    return this.#child?.pid === undefined ? 0 : anonymousMb(this.#child.pid);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
