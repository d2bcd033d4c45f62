// The worker thread that runs all exporters; exporting-connection.ts starts it.
//
// An exception that an exporter lets go astray (in a timer or socket of its own) is logged here and ends nothing: the log is
// still there, and what was not acknowledged is exported again.
import { parentPort, workerData } from 'node:worker_threads';
import { openJournalReader, systemTimers } from '@millrace/raft';
import { ExportingHost } from './exporting-host.ts';
import type { ExportingStart, FromExporting, ToExporting } from './exporting-messages.ts';

const port = parentPort;
if (port === null) throw new Error('exporting-thread.ts runs as a worker thread only');

const post = (message: FromExporting) => port.postMessage(message);
const astray = (error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  post({ kind: 'log', level: 'error', text: `an exporter let an exception go astray: ${text}` });
};
process.on('uncaughtException', astray);
process.on('unhandledRejection', astray);

const host = new ExportingHost({
  start: workerData as ExportingStart,
  openReader: openJournalReader,
  timers: systemTimers,
  random: Math.random,
  post,
});
port.on('message', (message: ToExporting) => void host.receive(message));
await host.start();
