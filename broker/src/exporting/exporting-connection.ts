// The way to the exporters: a worker thread, or the calling thread for tests, embedding and simulation. Messages are the same.
import { Worker } from 'node:worker_threads';
import { type Disk, openJournalReader, type Timers } from '@millrace/raft';
import { ExportingHost } from './exporting-host.ts';
import type { ExportingStart, FromExporting, ToExporting } from './exporting-messages.ts';
import type { OwnExporters } from './load-exporter.ts';

export interface Connection {
  send(message: ToExporting): void;
  /** Nothing is heard of it any more. */
  terminate(): Promise<void>;
}

export interface ConnectionOwner {
  receive(message: FromExporting): void;
  /** Something went wrong that will end the thread. */
  failed(error: Error): void;
  /** The thread is gone, whoever ended it. */
  ended(): void;
}

/** What exporters in the calling thread stand on. */
export interface CallerSurroundings {
  readonly own: OwnExporters | undefined;
  /** Where the logs lie; the machine's own disk unless given. */
  readonly disk: Disk | undefined;
  readonly timers: Timers;
  readonly random: () => number;
}

export function connectWorker(start: ExportingStart, owner: ConnectionOwner): Connection {
  const worker = new Worker(new URL('./exporting-thread.ts', import.meta.url), {
    workerData: start,
    name: 'exporting',
  });
  worker.on('message', (message: FromExporting) => owner.receive(message));
  worker.on('error', (error: Error) => owner.failed(error));
  worker.on('exit', () => owner.ended());
  return {
    send: (message) => worker.postMessage(message),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

export function connectHere(
  start: ExportingStart,
  owner: ConnectionOwner,
  { own, disk, timers, random }: CallerSurroundings,
): Connection {
  let ended = false;
  const host = new ExportingHost({
    start,
    own,
    timers,
    random,
    openReader: (journalDir) => openJournalReader(journalDir, disk),
    post: (message) => {
      if (!ended) owner.receive(message);
    },
  });
  queueMicrotask(() => void host.start());
  return {
    send: (message) => queueMicrotask(() => void host.receive(message)),
    terminate: async () => {
      ended = true;
    },
  };
}
