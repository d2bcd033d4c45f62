// The program zbctl, as it comes from npm: one call, or a worker that runs until it is closed.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { OpenWorker } from './test-client.ts';

const run = promisify(execFile);
// The program itself: the package's start script would ask the registry for news and leave workers behind when stopped.
const programs: Readonly<Record<string, string>> = {
  darwin: 'zbctl-cli.darwin',
  win32: 'zbctl-cli.exe',
};
const zbctl = path.resolve(
  import.meta.dirname,
  '../../../node_modules/zbctl/bin',
  programs[process.platform] ?? 'zbctl-cli.linux',
);

const answerMs = 20_000;
const target = (address: string): readonly string[] => ['--insecure', '--address', address];

/** Resolves with what it printed. Rejects with its words when it fails. */
export async function callZbctl(address: string, ...args: readonly string[]): Promise<string> {
  return (await run(zbctl, [...args, ...target(address)], { timeout: answerMs })).stdout;
}

/** The same with TLS. @param authority PEM file of whom it trusts */
export async function callZbctlSecurely(
  address: string,
  authority: string,
  ...args: readonly string[]
): Promise<string> {
  const secure = ['--address', address, '--certPath', authority];
  return (await run(zbctl, [...args, ...secure], { timeout: answerMs })).stdout;
}

/** A worker that completes each job with the variables that it has. */
export function runZbctlWorker(
  address: string,
  type: string,
  ...flags: readonly string[]
): OpenWorker {
  const ended = new AbortController();
  const args = ['create', 'worker', type, '--handler', 'cat', ...flags, ...target(address)];
  const worker = run(zbctl, args, { signal: ended.signal }).catch(() => {});
  return {
    async close() {
      ended.abort();
      await worker;
    },
  };
}

/** A key in an answer. Keys do not fit a plain number: they are read as text. */
export function keyIn(answer: string, field: string): string {
  return new RegExp(`"${field}":\\s*"?(\\d+)`).exec(answer)?.[1] ?? `no ${field} in ${answer}`;
}
