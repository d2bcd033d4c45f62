// What a committed entry sets in motion beside its answers: jobs leave for streams, times are waited for, other partitions
// are sent to.
import type { Effect } from '../core/engine/effects.ts';
import type { BetweenPartitions } from './between-partitions.ts';
import type { DueDates } from './due-dates.ts';
import type { JobStreams } from './job-streams.ts';
import type { TurnLoop } from './turn-loop.ts';
import type { UnansweredSubscriptions } from './unanswered-subscriptions.ts';

export class AfterCommit {
  readonly #partitionId: number;
  readonly #streams: JobStreams;
  readonly #loop: TurnLoop;
  readonly #due: DueDates;
  readonly #between: BetweenPartitions;
  readonly #subscriptions: UnansweredSubscriptions;

  constructor(
    partitionId: number,
    streams: JobStreams,
    loop: TurnLoop,
    due: DueDates,
    between: BetweenPartitions,
    subscriptions: UnansweredSubscriptions,
  ) {
    this.#partitionId = partitionId;
    this.#streams = streams;
    this.#loop = loop;
    this.#due = due;
    this.#between = between;
    this.#subscriptions = subscriptions;
  }

  /** @param available gets the types of jobs that pollers should ask for */
  happen(effect: Effect, available: Set<string>): void {
    const streams = this.#streams;
    switch (effect.kind) {
      case 'push':
        streams.hold(effect.streamId, effect.record.value.jobKeys);
        this.#due.expect(effect.record.timestamp + effect.record.value.timeout);
        return;
      case 'job-left': {
        const stream = streams.release(effect.jobKey);
        if (stream !== undefined && streams.mayHaveBacklog(stream)) this.#loop.serve(stream);
        return;
      }
      case 'jobs-available': {
        const ready = streams.backlogOf(effect.type, effect.tenantId);
        for (const stream of ready) this.#loop.serve(stream);
        if (ready.length === 0) available.add(effect.type);
        return;
      }
      case 'due':
        this.#due.expect(effect.timeMs);
        return;
      case 'send':
        if (effect.partitionId !== this.#partitionId)
          this.#between.send(effect.partitionId, effect.record);
        return;
      case 'send-once':
        this.#subscriptions.send(effect.partitionId, effect.record);
        return;
      case 'answer':
      case 'taken':
        return;
    }
  }
}
