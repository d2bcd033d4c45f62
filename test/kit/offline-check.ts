// What `millrace inspect` says of a data directory whose broker is not running: log, checkpoints and state.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { brokerMain } from './broker-process.ts';

/** One partition's report, as far as tests read it. */
export interface OfflineReport {
  readonly partitionId: number;
  readonly log: {
    readonly firstIndex: number;
    readonly lastIndex: number;
    readonly durableIndex: number;
    readonly records: number;
  };
  readonly state: { readonly appliedIndex: number; readonly keys: number } | undefined;
  readonly problems: readonly { readonly file: string; readonly text: string }[];
}

/** Checks a data directory. @throws Error with the findings when something is damaged */
export async function checkOffline(dataDirectory: string): Promise<readonly OfflineReport[]> {
  const { code, printed, errors } = await inspect(dataDirectory);
  if (code !== 0) throw new Error(`inspect ended with ${code}:\n${printed}${errors}`);
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as OfflineReport);
}

function inspect(
  dataDirectory: string,
): Promise<{ readonly code: number | null; readonly printed: string; readonly errors: string }> {
  const child = spawn(process.execPath, [brokerMain, 'inspect', dataDirectory, '--json']);
  let printed = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, printed, errors }));
  });
}
