// What the clients of a cluster were told, over all faults: the memory that the records are compared with.
//
// A call that failed is booked as `unknown` when it may have been executed, as `refused` when its answer says that it was
// not: an answer of the gateway whose text does not say "the outcome is unknown" promises that.
import type { RawAnswer } from '../../kit/raw-grpc.ts';

export type Outcome = 'acknowledged' | 'refused' | 'unknown';

/** What a created instance waits for. */
export type Purpose = 'job' | 'cancel';

export interface Creation {
  readonly token: string;
  readonly purpose: Purpose;
  readonly outcome: Outcome;
  /** The instance; empty unless acknowledged. */
  readonly key: string;
  /** Why it was not acknowledged. */
  readonly text: string;
}

/** A gRPC status that comes from the network or the client as well as from the gateway. */
const CANCELLED = 1;

/** How a call ended, by its answer alone. */
export function outcomeOf({ code, text }: RawAnswer): Outcome {
  if (code === 0) return 'acknowledged';
  const isOurs = code > 0 && code !== CANCELLED && text !== '';
  return !isOurs || /outcome is unknown/.test(text) ? 'unknown' : 'refused';
}

export class CallBook {
  readonly creations = new Map<string, Creation>();
  /** Job keys whose completion was acknowledged, with their instances. */
  readonly completed = new Map<string, string>();
  /** Jobs whose completion was acknowledged more than once. */
  readonly doubled: string[] = [];
  /** Answers to a first call that say that it had been made before. */
  readonly lies: string[] = [];
  /** Instances whose cancellation was acknowledged. */
  readonly cancelled = new Set<string>();
  /** Process ids whose deployment was acknowledged. */
  readonly deployed = new Set<string>();
  /** Calls that did not succeed, by method and text. */
  readonly failures = new Map<string, number>();
  /** Calls that got no answer within their deadline, by the gateway's place in the list of addresses. */
  readonly hung = new Map<number, number>();
  /** The longest that an acknowledged creation took since `slowestMs` was set to 0. */
  slowestMs = 0;
  acknowledgedCreations = 0;
  failedCreations = 0;

  /** Acknowledged calls of all kinds. */
  get size(): number {
    const { completed, cancelled, deployed } = this;
    return this.acknowledgedCreations + completed.size + cancelled.size + deployed.size;
  }

  created(creation: Creation, tookMs: number): void {
    this.creations.set(creation.token, creation);
    if (creation.outcome === 'acknowledged') {
      this.acknowledgedCreations++;
      this.slowestMs = Math.max(this.slowestMs, tookMs);
    } else this.failedCreations++;
  }

  jobCompleted(jobKey: string, instanceKey: string): void {
    if (this.completed.has(jobKey)) this.doubled.push(jobKey);
    this.completed.set(jobKey, instanceKey);
  }

  failed(method: string, { code, text }: RawAnswer): void {
    const plain = text.replace(/\d{16,}/g, 'KEY').replace(/\d+/g, 'N');
    const name = `${method}: ${code} ${plain.slice(0, 160)}`;
    this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
  }

  /** For a report: how many calls failed and with what. */
  failuresText(): string {
    return [...this.failures]
      .sort((a, b) => b[1] - a[1])
      .map(([name, times]) => `${times} x ${name}`)
      .join('\n');
  }
}
