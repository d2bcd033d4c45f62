// Clients in other languages: programs beside this file that use the official Go and Java clients and pyzeebe.
//
// A program is called with ADDRESS PROCESS_ID PARKED_ID PROCESS_FILE PARKED_FILE PER_SECOND LOCK_MS. It deploys both files, works
// the jobs of the first, makes one call of each other kind, then creates instances at that pace and looks at the topology. It prints
// `checked WHAT`, `created KEY`, `failed TEXT`, `topology BROKERS`, and `problem TEXT` before it gives up. The line `stop` on its
// standard input ends the creating, which it answers with `stopped`; the end of the input ends it.
//
// Guarantees: where the language or the client cannot be had, the reason is told. They are built only with MILLRACE_ALL_CLIENTS=1,
// in a folder for temporary files that the next run uses again.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { oneTaskProcess } from '../../kit/process-builder.ts';
import { until } from '../../kit/until.ts';
import { type Assignment, type StartWork, WorkBook, type WorkingClient } from './working-client.ts';

/** A program that can be run, or why there is none. */
export type BuiltProgram =
  | { readonly kind: 'built'; readonly command: readonly string[] }
  | { readonly kind: 'missing'; readonly reason: string };

interface Language {
  /** The tools that must be on the machine. */
  readonly tools: readonly string[];
  /** Makes it in a new folder. */
  build(sources: string, folder: string, run: Run): Promise<void>;
  command(sources: string, folder: string): readonly string[];
}

type Run = (tool: string, args: readonly string[], cwd: string) => Promise<void>;

const buildMs = 600_000;
const firstAnswerMs = 60_000;
const complaintCharactersMax = 400;

const languages = {
  go: {
    tools: ['go'],
    build: (sources, folder, run) =>
      run('go', ['build', '-o', path.join(folder, 'work'), '.'], sources),
    command: (_, folder) => [path.join(folder, 'work')],
  },
  java: {
    tools: ['java', 'javac', 'mvn'],
    async build(sources, folder, run) {
      await copyFile(path.join(sources, 'pom.xml'), path.join(folder, 'pom.xml'));
      const target = '-DoutputDirectory=lib';
      await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', target], folder);
      const work = path.join(sources, 'Work.java');
      await run('javac', ['-encoding', 'UTF-8', '-cp', 'lib/*', '-d', '.', work], folder);
    },
    command: (_, folder) => {
      const classes = [path.join(folder, 'lib', '*'), folder].join(path.delimiter);
      return ['java', '-XX:TieredStopAtLevel=1', '-Xmx256m', '-cp', classes, 'Work'];
    },
  },
  python: {
    tools: ['python3'],
    async build(sources, folder, run) {
      await run('python3', ['-m', 'venv', 'venv'], folder);
      const needs = path.join(sources, 'requirements.txt');
      await run('venv/bin/python', ['-m', 'pip', 'install', '-q', '-r', needs], folder);
    },
    command: (sources, folder) => [
      path.join(folder, 'venv/bin/python'),
      path.join(sources, 'work.py'),
    ],
  },
} as const satisfies Readonly<Record<string, Language>>;

export type LanguageName = keyof typeof languages;
export const languageNames = Object.keys(languages) as readonly LanguageName[];

/** Builds the program of a language, or uses what an earlier run built from the same sources. */
export async function buildProgram(name: LanguageName): Promise<BuiltProgram> {
  if (process.env.MILLRACE_ALL_CLIENTS === undefined)
    return missing('needs downloads and a build: set MILLRACE_ALL_CLIENTS=1');
  const language: Language = languages[name];
  for (const tool of language.tools)
    if (!isInstalled(tool)) return missing(`${tool} is not installed`);
  const sources = path.join(import.meta.dirname, name);
  const folder = path.join(tmpdir(), 'millrace-clients', `${name}-${hashOf(sources)}`);
  const complete = path.join(folder, 'complete');
  if (!existsSync(complete)) {
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await language.build(sources, folder, run);
      await writeFile(complete, '');
    } catch (error) {
      return missing((error as Error).message);
    }
  }
  return { kind: 'built', command: language.command(sources, folder) };
}

const missing = (reason: string): BuiltProgram => ({ kind: 'missing', reason });

function isInstalled(tool: string): boolean {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.some((folder) => existsSync(path.join(folder, tool)));
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(path.join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

function run(tool: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(tool, args, { cwd, timeout: buildMs }, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const said = `${stdout}${stderr}`.trim().slice(-complaintCharactersMax);
      const how = error.killed === true ? `no end within ${buildMs} ms` : `code ${error.code}`;
      reject(new Error(`${[tool, ...args].join(' ')}: ${how}: ${said}`));
    });
  });
}

/** A client that is a program. */
export interface WorkingProgram extends WorkingClient {
  /** The calls that it made once, in order. */
  readonly checked: readonly string[];
}

/** Work by a program. @param command what starts it */
export function workByProgram(command: readonly string[]): StartWork {
  return (assignment) => startProgram(command, assignment);
}

/** Starts a program and waits for its first creation. Rejects with its words when it has a problem. */
export async function startProgram(
  command: readonly string[],
  assignment: Assignment,
): Promise<WorkingProgram> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-program-'));
  const program = new ProgramAtWork(command, assignment, folder);
  try {
    await program.begin();
    return program;
  } catch (error) {
    await program.close();
    throw error;
  }
}

class ProgramAtWork extends WorkBook implements WorkingProgram {
  readonly checked: string[] = [];
  readonly #command: readonly string[];
  readonly #assignment: Assignment;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #hasStopped = false;
  #problem: string | undefined;
  #complaints = '';

  constructor(command: readonly string[], assignment: Assignment, folder: string) {
    super();
    this.#command = command;
    this.#assignment = assignment;
    this.#folder = folder;
  }

  async begin(): Promise<void> {
    const { address, processId, perSecond, lockMs } = this.#assignment;
    const ids = [processId, `${processId}-parked`];
    const files = ids.map((id) => path.join(this.#folder, `${id}.bpmn`));
    for (const [n, id] of ids.entries())
      await writeFile(files[n] as string, oneTaskProcess(id, id, 2));
    const [tool, ...before] = this.#command;
    const args = [...before, address, ...ids, ...files, String(perSecond), String(lockMs)];
    const env = Object.entries(process.env).filter(([name]) => !name.startsWith('ZEEBE_'));
    const child = spawn(tool as string, args, { env: Object.fromEntries(env) });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    child.once('error', ({ message }) => this.#fault(message));
    child.once('close', (code) => this.#fault(`it ended with code ${code}`));
    child.stderr.on('data', (bytes) => {
      this.#complaints = `${this.#complaints}${bytes}`.slice(-complaintCharactersMax * 10);
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#said(line));
    const what = 'the first creation of a program';
    await until(() => this.#inOrder() && this.created.length > 0, { within: firstAnswerMs, what });
  }

  #said(line: string): void {
    const [word, ...rest] = line.split(' ');
    const text = rest.join(' ');
    if (word === 'created') this.created.push(text);
    else if (word === 'failed') this.failures.push(text);
    else if (word === 'checked') this.checked.push(text);
    else if (word === 'topology') this.sawBrokers(Number(text));
    else if (word === 'stopped') this.#hasStopped = true;
    else this.#fault(line);
  }

  #fault(text: string): void {
    this.#problem ??= text;
  }

  #inOrder(): boolean {
    if (this.#problem === undefined) return true;
    throw new Error(`${this.#command[0]}: ${this.#problem}\n${this.#complaints}`);
  }

  async stopCreating(): Promise<void> {
    this.#inOrder();
    this.#child?.stdin?.write('stop\n');
    await until(() => this.#inOrder() && this.#hasStopped, {
      within: 30_000,
      what: 'its last call',
    });
  }

  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
