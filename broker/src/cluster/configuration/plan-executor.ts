// Carries out the operations of a change that are addressed to this broker, each when its turn comes.
// Guarantees: one operation at a time, and only while a majority knows that its change runs; one that was cut short by a crash is begun again; one that fails is tried again with
// growing pauses until it succeeds or the change is cancelled; its end is on disk before anybody is told.
// Leaves to others: the work itself (partition-operations.ts), spreading the result (cluster-configuration-keeper.ts).
import type { Cancel, Timers } from '@millrace/raft';
import type { ConfigurationCopy } from './configuration-copy.ts';
import type { ConfigurationLimits } from './configuration-limits.ts';
import { currentOperation, operationDone, type PlanPlace } from './core/change.ts';
import type { ClusterConfiguration, MemberId, Operation } from './core/cluster-configuration.ts';
import { beginOperation } from './core/operation.ts';
import { carryOut, type PartitionOperations } from './partition-operations.ts';

export interface ExecutorOptions {
  readonly self: MemberId;
  readonly copy: ConfigurationCopy;
  readonly operations: PartitionOperations;
  /** Resolves when it is sure that this change runs; rejects when the signal is aborted. */
  readonly confirm: (configuration: ClusterConfiguration, signal: AbortSignal) => Promise<void>;
  readonly timers: Timers;
  readonly limits: ConfigurationLimits;
  readonly log: (level: 'info' | 'warn', text: string) => void;
}

interface Running {
  readonly operation: Operation;
  readonly place: PlanPlace;
  readonly abort: AbortController;
}

export class PlanExecutor {
  readonly #options: ExecutorOptions;
  #isStarted = false;
  #running: Running | undefined;
  /** The operation that failed waits for its next attempt. */
  #pause: { readonly place: PlanPlace; readonly end: Cancel } | undefined;
  #failures = 0;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    options.copy.onChange(() => this.look());
  }

  /** From now on operations are carried out: the partitions of this broker are open. */
  start(): void {
    this.#isStarted = true;
    this.look();
  }

  /** Begins the operation that is next if it is this broker's; gives up one whose change has been cancelled. */
  look(): void {
    const { copy, self } = this.#options;
    const { configuration } = copy;
    if (!this.#isStarted || configuration === undefined) return;
    const current = currentOperation(configuration);
    this.#dropOther(current?.place);
    if (this.#running !== undefined || this.#pause !== undefined) return;
    if (current?.operation.brokerId === self) this.#run(configuration, current);
  }

  #dropOther(place: PlanPlace | undefined): void {
    if (this.#running !== undefined && !samePlace(this.#running.place, place)) {
      this.#running.abort.abort();
    }
    if (this.#pause !== undefined && !samePlace(this.#pause.place, place)) {
      this.#pause.end();
      this.#pause = undefined;
      this.#failures = 0;
    }
  }

  #run(
    configuration: ClusterConfiguration,
    { operation, place }: { readonly operation: Operation; readonly place: PlanPlace },
  ): void {
    const running: Running = { operation, place, abort: new AbortController() };
    this.#running = running;
    this.#options
      .confirm(configuration, running.abort.signal)
      .then(() => this.#carryOut(running))
      .then(() => this.#done(running))
      .catch((error: unknown) => this.#failed(running, error));
  }

  #carryOut({ operation, place, abort }: Running): Promise<void> {
    const { copy, operations, timers, log } = this.#options;
    const { configuration } = copy;
    if (configuration === undefined || abort.signal.aborted)
      throw new Error('the change has ended');
    const begun = beginOperation(configuration, operation, timers.wallMs());
    copy.set(begun, 'own');
    log('info', `change ${place.changeId}: begins ${describeOperation(operation)}`);
    return carryOut(operations, operation, begun, abort.signal);
  }

  #done({ operation, place }: Running): void {
    const { copy, timers, log } = this.#options;
    if (!this.#isStarted) return;
    const { configuration } = copy;
    if (configuration === undefined) return;
    const next = operationDone(configuration, operation, place, timers.wallMs());
    this.#running = undefined;
    this.#failures = 0;
    log('info', `change ${place.changeId}: has done ${describeOperation(operation)}`);
    copy.set(next, 'own');
    this.look();
  }

  #failed({ operation, place, abort }: Running, error: unknown): void {
    const { timers, limits, log } = this.#options;
    this.#running = undefined;
    if (!this.#isStarted) return;
    const what = describeOperation(operation);
    if (abort.signal.aborted) {
      log(
        'info',
        `change ${place.changeId}: ${what} was given up, because the change was cancelled`,
      );
      return this.look();
    }
    const pauseMs = Math.min(limits.retryMsMin * 2 ** this.#failures, limits.retryMsMax);
    this.#failures++;
    const reason = error instanceof Error ? error.message : String(error);
    log(
      'warn',
      `change ${place.changeId}: ${what} failed and is tried again in ${pauseMs / 1000} s: ${reason}`,
    );
    const end = timers.after(pauseMs, () => {
      this.#pause = undefined;
      this.look();
    });
    this.#pause = { place, end };
  }

  /** Nothing is begun or noted any more; what is under way is asked to end. */
  close(): void {
    this.#isStarted = false;
    this.#running?.abort.abort();
    this.#pause?.end();
    this.#pause = undefined;
  }
}

function samePlace(one: PlanPlace, other: PlanPlace | undefined): boolean {
  return one.changeId === other?.changeId && one.planVersion === other.planVersion;
}

/** An operation in words, for the log. */
export function describeOperation(operation: Operation): string {
  const { kind, brokerId, ...rest } = operation;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [kind, `broker ${brokerId}`, ...details].join(', ');
}
