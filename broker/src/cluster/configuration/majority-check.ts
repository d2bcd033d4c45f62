// Asks whether the change that this broker knows still is the one that runs, before something is done for it: a broker that was
// away may know one that has been cancelled since, while others already plan on.
// Guarantees: who is told yes knew, at some moment after the question, the newest decision: more than half of the voters had
// accepted none after it.
// Leaves to others: what happens while the work goes on; its end is a fact that everybody hears of.
import type { Timers } from '@millrace/raft';
import type { ConfigurationCopy } from './configuration-copy.ts';
import type { ConfigurationLimits } from './configuration-limits.ts';
import { majorityOf } from './core/agreement.ts';
import type { ChangeRegister, MemberId } from './core/cluster-configuration.ts';
import type { Exchange } from './exchange.ts';
import { encodeMessage } from './messages.ts';

export interface CheckOptions {
  readonly self: MemberId;
  readonly copy: ConfigurationCopy;
  readonly exchange: Exchange;
  readonly timers: Timers;
  readonly limits: ConfigurationLimits;
}

interface Question {
  readonly version: number;
  readonly voters: readonly MemberId[];
  readonly agreed: Set<MemberId>;
  readonly end: () => void;
}

export class MajorityCheck {
  readonly #options: CheckOptions;
  readonly #open = new Map<number, Question>();
  #nextId: number;

  /** @param firstId where the numbers of questions begin; should differ from life to life of the broker */
  constructor(options: CheckOptions, firstId: number) {
    this.#options = options;
    this.#nextId = firstId;
  }

  /** Resolves when a majority knows nothing newer than the register; asks until then. Rejects when the signal is aborted. */
  confirm({ version, voters }: ChangeRegister, signal: AbortSignal): Promise<void> {
    const { timers, limits } = this.#options;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#open.delete(id);
        repeat();
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        stop();
        reject(new Error('the change has ended'));
      };
      const end = (): void => {
        stop();
        resolve();
      };
      const question = { version, voters, agreed: new Set<MemberId>(), end };
      const repeat = timers.every(limits.decisionRetryMs, () => this.#ask(id, question));
      this.#open.set(id, question);
      signal.addEventListener('abort', abort);
      this.#ask(id, question);
    });
  }

  #ask(id: number, { version, voters, agreed }: Question): void {
    const { self, copy, exchange } = this.#options;
    const { configuration } = copy;
    if (configuration === undefined) return;
    const waiting = voters.filter((voter) => !agreed.has(voter));
    const bytes = encodeMessage({ kind: 'check', id, version, configuration });
    for (const voter of waiting) if (voter !== self) exchange.send(voter, bytes);
    if (waiting.includes(self)) this.onChecked(self, id, this.isNewest(version));
  }

  /** Whether this broker knows of no decision after that version, and has accepted none that may become one. */
  isNewest(version: number): boolean {
    const { configuration, acceptor } = this.#options.copy;
    if (configuration?.version !== version) return false;
    return acceptor === null || acceptor.version <= version || acceptor.accepted === null;
  }

  /** A voter has answered. */
  onChecked(from: MemberId, id: number, isNewest: boolean): void {
    const question = this.#open.get(id);
    if (question === undefined || !question.voters.includes(from)) return;
    if (isNewest) question.agreed.add(from);
    if (question.agreed.size >= majorityOf(question.voters)) question.end();
  }
}
