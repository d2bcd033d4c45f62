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
  readonly checkpoints: readonly { readonly index: number; readonly intact: boolean }[];
  readonly state: { readonly appliedIndex: number; readonly keys: number } | undefined;
  readonly problems: readonly { readonly file: string; readonly text: string }[];
}

/**
 * Checks a data directory.
 * @param replay also compare the state with the replay of the log
 * @throws Error with the findings when something is damaged
 */
export async function checkOffline(
  dataDirectory: string,
  { replay = false } = {},
): Promise<readonly OfflineReport[]> {
  const more = replay ? ['--replay'] : [];
  const { code, printed, errors } = await inspect(dataDirectory, more);
  if (code !== 0) throw new Error(`inspect ended with ${code}:\n${printed}${errors}`);
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as OfflineReport);
}

function inspect(
  dataDirectory: string,
  more: readonly string[],
): Promise<{ readonly code: number | null; readonly printed: string; readonly errors: string }> {
  const child = spawn(process.execPath, [brokerMain, 'inspect', dataDirectory, '--json', ...more]);
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
