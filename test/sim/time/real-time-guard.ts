// Watches that nothing of the product asks the machine itself for time, chance or files while a simulation runs: such a call
// would make the run depend on something else than its seed.
// Guarantees: a call from a product file throws and is noted with file and line, so that it is found even where somebody
// catches it; calls from elsewhere (test runner, libraries) go through.
// Leaves to others: ending the run because of what was noted.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const timersPromises = createRequire(import.meta.url)('node:timers/promises') as Table;

const productFrame = /\/((?:broker|raft|protocol|exporters)\/src\/[^\s)]+)/;
const ownFrame = /real-time-guard\.ts|node:internal|<anonymous>/;

const FILE_CALLS = [
  'openSync',
  'open',
  'readFileSync',
  'readFile',
  'writeFileSync',
  'writeFile',
  'statSync',
  'statfsSync',
  'readdirSync',
  'mkdirSync',
  'rmSync',
  'renameSync',
];

type Callable = (...args: unknown[]) => unknown;
type Table = Record<string, unknown>;

/** The product file that called into the function which asks, if the nearest caller is one. */
function productCaller(): string | undefined {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const nearest = frames.find((frame) => !ownFrame.test(frame));
  return nearest === undefined ? undefined : productFrame.exec(nearest)?.[1];
}

/** Use once per run of the program; see `guardRealTime`. */
export class RealTimeGuard {
  /** One line for each place that has asked. */
  readonly violations = new Set<string>();
  readonly #undo: (() => void)[] = [];

  constructor() {
    const global = globalThis as unknown as Table;
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) this.#watch(global, name);
    this.#watch(Math as unknown as Table, 'random');
    this.#watch(performance as unknown as Table, 'now');
    this.#watch(process as unknown as Table, 'hrtime');
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'])
      this.#watch(timersPromises, name);
    for (const name of ['randomInt', 'randomBytes', 'randomUUID', 'randomFillSync'])
      this.#watch(crypto as unknown as Table, name);
    for (const name of FILE_CALLS) this.#watch(fs as unknown as Table, name);
    this.#watchDate();
    syncBuiltinESMExports();
  }

  /** Ends the watch. */
  end(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo.length = 0;
    syncBuiltinESMExports();
  }

  #check(name: string): void {
    const caller = productCaller();
    if (caller === undefined) return;
    const violation = `${caller} uses ${name} of the machine; in a simulation it has to be handed in`;
    this.violations.add(violation);
    throw new Error(violation);
  }

  #watch(table: Table, name: string): void {
    const original = table[name] as Callable;
    const check = () => this.#check(name);
    const watched = function (this: unknown, ...args: unknown[]): unknown {
      check();
      return original.apply(this, args);
    };
    table[name] = Object.assign(watched, original);
    this.#undo.push(() => {
      table[name] = original;
    });
  }

  #watchDate(): void {
    const original = Date;
    const check = () => this.#check('the clock');
    const watched = new Proxy(original, {
      construct(target, args, newTarget) {
        if (args.length === 0) check();
        return Reflect.construct(target, args, newTarget) as object;
      },
      get(target, name, receiver) {
        if (name !== 'now') return Reflect.get(target, name, receiver) as unknown;
        check();
        return original.now;
      },
    });
    globalThis.Date = watched;
    this.#undo.push(() => {
      globalThis.Date = original;
    });
  }
}
