// How long the disk takes to make one small write durable, so that a figure can be read beside the machine it comes from.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quantile } from './scenario.ts';

const WRITES = 100;

/** Median ms of fdatasync after a write of 4 KB. */
export function fdatasyncMs(): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-disk-'));
  const file = openSync(path.join(folder, 'file'), 'w');
  const bytes = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let i = 0; i < WRITES; i++) {
    writeSync(file, bytes);
    const begin = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - begin);
  }
  closeSync(file);
  rmSync(folder, { recursive: true });
  return (
    Math.round(
      quantile(
        times.sort((a, b) => a - b),
        0.5,
      ) * 1000,
    ) / 1000
  );
}
