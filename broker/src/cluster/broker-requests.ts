// Questions from broker to broker that take time: asked of a partition's leader wherever it is, or of a broker itself.
//
// Guarantees: a question ends by its answer, by the end of the connection or by its time-out; what is asked may be asked again.
// Leaves to others: what the questions mean (replica-requests.ts, broker-core.ts).
import type { Timers } from '@millrace/raft';
import type { ExportingPhase } from '../exporting/index.ts';
import type { PartitionControl } from '../partition/messages.ts';
import { NOT_LEADING, type ReplicaRequest } from '../partition/replica-requests.ts';
import { decodeJson, encodeJson, FRAME, FrameError } from './frames.ts';
import type { Peer, Transport } from './transport/transport.ts';

/** A request to a replica, before it has a number. */
export type ReplicaQuestion = Asked extends infer R
  ? R extends Asked
    ? Omit<R, 'requestId'>
    : never
  : never;

type Asked = ReplicaRequest | Extract<PartitionControl, { readonly kind: 'force-members' }>;

export type Question =
  | { readonly kind: 'replica'; readonly partitionId: number; readonly request: ReplicaQuestion }
  /** Hand leadership to the replicas that should have it. */
  | { readonly kind: 'rebalance' }
  /** Export, or stop exporting, on this broker. */
  | { readonly kind: 'exporting'; readonly phase: ExportingPhase };

/** Answers a question on the broker that it reached. Rejects with the reason when it did not succeed. */
export type Answering = (question: Question) => Promise<void>;

interface Waiting {
  readonly memberId: string;
  readonly end: (problem: string) => void;
}

/** Pause before the leader of a partition is looked for again, ms. */
const LOOK_AGAIN_MS = 100;
const ANSWER_WITHIN_MS = 60_000;

export class BrokerRequests {
  readonly #timers: Timers;
  readonly #nodeId: number;
  readonly #leaderOf: (partitionId: number) => number | undefined;
  readonly #answering: Answering;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  transport: Transport | undefined;

  constructor(
    nodeId: number,
    timers: Timers,
    leaderOf: (partitionId: number) => number | undefined,
    answering: Answering,
  ) {
    this.#nodeId = nodeId;
    this.#timers = timers;
    this.#leaderOf = leaderOf;
    this.#answering = answering;
  }

  /** Asks one broker; itself too. Rejects with the reason when it did not succeed. */
  ask(nodeId: number, question: Question, withinMs: number = ANSWER_WITHIN_MS): Promise<void> {
    if (nodeId === this.#nodeId) return this.#answering(question);
    const id = this.#nextId++;
    const memberId = String(nodeId);
    return new Promise((resolve, reject) => {
      const end = (problem: string) => {
        cancel();
        this.#waiting.delete(id);
        if (problem === '') resolve();
        else reject(new Error(problem));
      };
      const late = `broker ${nodeId} gave no answer within ${withinMs} ms`;
      const cancel = this.#timers.after(withinMs, () => end(late));
      this.#waiting.set(id, { memberId, end });
      const bytes = encodeJson({ id, question });
      if (this.transport?.send(memberId, FRAME.request, 'normal', bytes) !== true)
        end(`broker ${nodeId} cannot be reached`);
    });
  }

  /**
   * Asks the leader of a partition, and looks for the next one when there is none or it is none any more. Rejects with the
   * last reason when the signal is aborted or the time is over.
   * @param isRepeated whether a leader that says no is asked again, too
   */
  async askLeader(
    partitionId: number,
    request: ReplicaQuestion,
    signal: AbortSignal,
    withinMs: number = ANSWER_WITHIN_MS,
    isRepeated = true,
  ): Promise<void> {
    const deadline = this.#timers.monotonicMs() + withinMs;
    let problem = `partition ${partitionId} has no leader`;
    while (!signal.aborted && this.#timers.monotonicMs() < deadline) {
      const leader = this.#leaderOf(partitionId);
      if (leader !== undefined) {
        try {
          return await this.ask(leader, { kind: 'replica', partitionId, request });
        } catch (error) {
          problem = (error as Error).message;
          if (!isRepeated && problem !== NOT_LEADING) throw error;
        }
      }
      await new Promise<void>((resolve) => {
        this.#timers.after(LOOK_AGAIN_MS, resolve);
      });
    }
    throw new Error(signal.aborted ? `the change was cancelled; ${problem}` : problem);
  }

  /** Handles the frames of questions and answers; false for others. @throws FrameError */
  received(from: Peer, kind: number, payload: Uint8Array): boolean {
    if (kind === FRAME.request) this.#asked(from, decodeJson(payload));
    else if (kind === FRAME.answer) this.#answered(decodeJson(payload));
    else return false;
    return true;
  }

  #asked(from: Peer, value: unknown): void {
    const { id, question } = value as { id?: number; question?: Question };
    if (typeof id !== 'number' || typeof question?.kind !== 'string')
      throw new FrameError('a question is damaged');
    const answer = (problem: string) =>
      void this.transport?.send(from.memberId, FRAME.answer, 'normal', encodeJson({ id, problem }));
    this.#answering(question).then(
      () => answer(''),
      (error: Error) => answer(error.message),
    );
  }

  #answered(value: unknown): void {
    const { id, problem } = value as { id?: number; problem?: string };
    if (typeof id !== 'number' || typeof problem !== 'string')
      throw new FrameError('an answer is damaged');
    this.#waiting.get(id)?.end(problem);
  }

  peerDown(peer: Peer): void {
    for (const { memberId, end } of [...this.#waiting.values()])
      if (memberId === peer.memberId) end(`the connection to broker ${memberId} has ended`);
  }
}
