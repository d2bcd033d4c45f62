// Compares what clients of a cluster were told (call-book.ts) with what its brokers exported (record-audit.ts).
import { until } from '../../kit/until.ts';
import type { CallBook, Creation } from './call-book.ts';
import type { RecordAudit } from './record-audit.ts';

const shownMax = 10;

export class ClusterAudit {
  readonly #book: CallBook;
  readonly #records: RecordAudit;
  readonly #partitions: number;

  /** @param partitions that each definition must reach */
  constructor(book: CallBook, records: RecordAudit, partitions: number) {
    this.#partitions = partitions;
    this.#book = book;
    this.#records = records;
  }

  /**
   * Waits until everything that was acknowledged before the call has reached its end in the records.
   * @throws Error with the broken promises as soon as there is one, or with what is still missing at the deadline
   */
  async allEnded(within: number): Promise<void> {
    const creations = [...this.#book.creations.values()];
    const completed = [...this.#book.completed.keys()];
    const deployed = [...this.#book.deployed];
    let missing: string[] = [];
    const look = () => {
      this.check();
      missing = [
        ...creations.flatMap((creation) => this.#unended(creation)),
        ...completed
          .filter((key) => this.#records.jobs.get(key)?.end !== 'COMPLETED')
          .map((key) => `job ${key}: completion acknowledged, ${this.#stateOfJob(key)}`),
        ...deployed
          .filter((id) => this.#records.definitions.get(id)?.size !== this.#partitions)
          .map((id) => `definition ${id}: deployed, and not on all partitions`),
        ...this.#records.gaps(),
      ];
      return missing.length === 0;
    };
    await until(look, { within, what: 'the end of what was acknowledged', every: 100 }).catch(
      (error) => {
        if (missing.length === 0) throw error;
        throw new Error(`${missing.length} are missing:\n${shown(missing)}`);
      },
    );
  }

  /** What an acknowledged instance still waits for. What could not be cancelled stays. */
  #unended(creation: Creation): string[] {
    const { outcome, token, key, purpose } = creation;
    if (outcome !== 'acknowledged') return [];
    if (purpose === 'cancel' && !this.#book.cancelled.has(key)) return [];
    const end = this.#records.instances.get(key)?.end;
    const wanted = purpose === 'cancel' ? 'ELEMENT_TERMINATED' : 'ELEMENT_COMPLETED';
    if (end === wanted) return [];
    return [`instance ${key} (${token}, ${purpose}): ${end ?? this.#stateOfInstance(key)}`];
  }

  #stateOfInstance(key: string): string {
    return this.#records.instances.has(key) ? 'has not ended' : 'was never created';
  }

  #stateOfJob(key: string): string {
    const job = this.#records.jobs.get(key);
    return job === undefined ? 'and it was never created' : `and it is ${job.end || job.state}`;
  }

  /** Looks at what is new. @throws Error with the broken promises */
  check(): void {
    this.#records.read();
    const broken = [
      ...this.#records.violations,
      ...this.#book.lies,
      ...this.#book.doubled.map((key) => `the completion of job ${key} was acknowledged twice`),
      ...[...this.#book.creations.values()].flatMap((creation) => this.#contradiction(creation)),
    ];
    if (broken.length > 0)
      throw new Error(`${broken.length} promises are broken:\n${shown(broken)}`);
  }

  #contradiction({ token, outcome, key, text }: Creation): string[] {
    const made = this.#records.byToken.get(token);
    if (made === undefined) return [];
    if (outcome === 'refused')
      return [`the creation ${token} was refused (${text}) and made ${made}`];
    if (outcome === 'acknowledged' && made !== key)
      return [`the creation ${token} was answered with ${key} and made ${made}`];
    return [];
  }
}

function shown(lines: readonly string[]): string {
  return lines.slice(0, shownMax).join('\n');
}
