// What everything in one run shares: time, chance, the trace, and the verdict.
// Guarantees: the first failure is the verdict and ends the run; the digest covers everything that was noted, so that two
// runs can be compared; a trace is only written when somebody will read it.
// Leaves to others: what happens.
import { crc32 } from 'node:zlib';
import { SeededRandom } from '../seeded-random.ts';
import { VirtualTime } from '../time/virtual-time.ts';

/** A promise that was not kept. */
export interface Failure {
  readonly atMs: number;
  /** The promise, as `checkers` name them. */
  readonly check: string;
  readonly what: string;
}

/** Lines of a trace that are kept: the newest. */
const TRACE_LINES_MAX = 200_000;

export class World {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly time: VirtualTime;
  failure: Failure | undefined;
  readonly #trace: string[] | undefined;
  #digest = 0;

  constructor(seed: number, options: { readonly isTraced: boolean }) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.time = new VirtualTime(this.random);
    this.#trace = options.isTraced ? [] : undefined;
  }

  /** A promise is broken. */
  fail(check: string, what: string): void {
    if (this.failure !== undefined) return;
    this.failure = { atMs: this.time.nowMs, check, what };
    this.say('check', () => `FAILED ${check}: ${what}`);
  }

  /** Something was thrown that nobody caught: a process would have ended by it. */
  failBy(error: unknown): void {
    this.fail(
      'nothing is thrown past everybody',
      error instanceof Error ? `${error.stack}` : String(error),
    );
  }

  /** Whether somebody will read what is said. */
  get isTraced(): boolean {
    return this.#trace !== undefined;
  }

  /** One line of the trace. */
  say(who: string, text: () => string): void {
    if (this.#trace === undefined) return;
    this.#trace.push(`${this.time.nowMs.toFixed(3).padStart(11)} ${who.padEnd(10)} ${text()}`);
    if (this.#trace.length > TRACE_LINES_MAX) this.#trace.splice(0, TRACE_LINES_MAX / 4);
  }

  get trace(): readonly string[] {
    return this.#trace ?? [];
  }

  /** Something that two runs of the same seed must have in common, besides its time. */
  note(bytes: Uint8Array | string): void {
    this.#digest = crc32(`${this.time.nowMs}`, crc32(bytes, this.#digest));
  }

  get digest(): number {
    return this.#digest;
  }

  /** Lets the world go on until the virtual time, or until a promise is broken. */
  async runTo(timeMs: number): Promise<void> {
    await this.runUntil(timeMs, () => false);
  }

  /** The same until something is so; answers whether it became so in time. */
  async runUntil(timeMs: number, isSo: () => boolean): Promise<boolean> {
    let isLate = false;
    const cancel = this.time.at(timeMs, () => {
      isLate = true;
    });
    let found = false;
    const thrown = (error: unknown) => this.failBy(error);
    process.on('unhandledRejection', thrown);
    try {
      await this.time.run(() => {
        found = isSo();
        return found || isLate || this.failure !== undefined;
      });
    } catch (error) {
      thrown(error);
    } finally {
      process.off('unhandledRejection', thrown);
      cancel();
    }
    return found;
  }
}
