// Whether exporting is paused, kept in a file so that it survives a restart.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ExportingPhase } from './exporting-messages.ts';

const PHASES: readonly string[] = ['exporting', 'paused', 'soft-paused'] satisfies ExportingPhase[];

/** @throws Error when the file holds something else, or cannot be read */
export function readPhase(path: string): ExportingPhase {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'exporting';
    throw error;
  }
  if (PHASES.includes(text)) return text as ExportingPhase;
  throw new Error(`${path} must hold one of ${PHASES.join(', ')}; remove it to export again`);
}

/** Replaces the file as a whole, durably. */
export function writePhase(path: string, phase: ExportingPhase): void {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(`${path}.new`, 'w');
  try {
    writeSync(fd, `${phase}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
