// Compares what clients were told with what the committed logs say.
// Guarantees: an answer that the log does not bear out is named, at once or, where a promise reaches into the future, at
// the end: what was acknowledged exists, what was refused has not happened.
// Leaves to others: reading the logs (log-audit.ts).
import { type Key, keyText, partitionOf } from '@millrace/protocol';
import type { LogAudit } from '../cluster/log-audit.ts';
import type { World } from '../world/world.ts';
import type { CallEnd } from './gateway-calls.ts';
import type { GivenJob } from './requests.ts';

/** Whether a call that failed may have taken effect. */
export function mayHaveHappened(end: CallEnd): boolean {
  if (end.kind === 'NO_GATEWAY') return false;
  if (end.kind !== 'status') return true;
  if (end.code === 'DEADLINE_EXCEEDED' || end.code === 'CANCELLED' || end.code === 'UNKNOWN')
    return true;
  return end.code === 'UNAVAILABLE' && /unknown/.test(end.text);
}

export class ClientAudit {
  readonly #world: World;
  readonly #logs: ReadonlyMap<number, LogAudit>;
  /** Acknowledged instances by key. */
  readonly created = new Map<Key, string>();
  /** Tokens of creations that were refused, with the refusal. */
  readonly #refused = new Map<string, string>();
  /** Instances whose cancellation was acknowledged. */
  readonly #cancelled = new Set<Key>();
  /** Every lock that reached a client, by key, worker and deadline, and how often. */
  readonly #given = new Map<string, number>();
  answers = 0;

  constructor(world: World, logs: ReadonlyMap<number, LogAudit>) {
    this.#world = world;
    this.#logs = logs;
  }

  /** A creation was acknowledged. */
  instanceCreated(token: string, key: Key): void {
    this.answers++;
    this.created.set(key, token);
    const found = this.#logOf(key)?.instancesByToken.get(token);
    if (found === key) return;
    this.#broken(`the creation ${token} was answered with ${keyText(key)}, the log has ${found}`);
  }

  /** A creation failed. */
  creationFailed(token: string, end: CallEnd): void {
    if (mayHaveHappened(end)) return;
    this.answers++;
    this.#refused.set(token, describeEnd(end));
    this.#checkRefused(token);
  }

  /** The result of an instance was told. */
  resultTold(token: string, key: Key): void {
    this.instanceCreated(token, key);
    const state = this.#logOf(key)?.instances.get(key)?.state;
    if (state === 'COMPLETED') return;
    this.#broken(`the result of ${keyText(key)} was told, and the log says ${state}`);
  }

  instanceCancelled(key: Key): void {
    this.answers++;
    this.#cancelled.add(key);
  }

  /** NOT_FOUND for an instance that was acknowledged: it must have ended. */
  instanceNotFound(key: Key): void {
    this.answers++;
    const instance = this.#logOf(key)?.instances.get(key);
    if (instance !== undefined && instance.state !== 'alive') return;
    this.#broken(`instance ${keyText(key)} was not found, and the log says ${instance?.state}`);
  }

  /** A worker was given the job. */
  jobGiven(job: GivenJob): void {
    this.answers++;
    const lock = `${job.worker}/${job.deadline}`;
    const given = (this.#given.get(`${job.key}/${lock}`) ?? 0) + 1;
    this.#given.set(`${job.key}/${lock}`, given);
    const locked = this.#logOf(job.key)?.jobs.get(job.key)?.locks.get(lock) ?? 0;
    if (given <= locked) return;
    const what = `job ${keyText(job.key)} reached ${job.worker} ${given} times until ${job.deadline}`;
    this.#world.fail('a lock is given once', `${what}, and was locked ${locked} times for that`);
  }

  /** The end of a job was acknowledged. */
  jobEnded(key: Key, how: 'COMPLETED' | 'ERROR_THROWN'): void {
    this.answers++;
    const tracked = this.#logOf(key)?.jobs.get(key);
    const isSo = how === 'COMPLETED' ? tracked?.end === how : tracked !== undefined;
    if (isSo) return;
    this.#broken(`job ${keyText(key)} is ${how} by an answer, and ${tracked?.state} by the log`);
  }

  /** NOT_FOUND for a job that a worker had: it must have ended. */
  jobNotFound(key: Key): void {
    this.answers++;
    const tracked = this.#logOf(key)?.jobs.get(key);
    if (tracked?.state === 'ended') return;
    this.#broken(`job ${keyText(key)} was not found, and is ${tracked?.state} by the log`);
  }

  /** To be called when nothing happens any more. */
  checkEnd(): void {
    for (const token of this.#refused.keys()) this.#checkRefused(token);
    for (const [key, token] of this.created) {
      const instance = this.#logOf(key)?.instances.get(key);
      if (instance === undefined) this.#broken(`instance ${keyText(key)} (${token}) is gone`);
    }
    for (const key of this.#cancelled) {
      const state = this.#logOf(key)?.instances.get(key)?.state;
      if (state === 'TERMINATED') continue;
      this.#broken(`the cancellation of ${keyText(key)} was acknowledged, and it is ${state}`);
    }
  }

  #checkRefused(token: string): void {
    for (const log of this.#logs.values()) {
      const key = log.instancesByToken.get(token);
      if (key === undefined) continue;
      const how = this.#refused.get(token);
      this.#broken(`the creation ${token} was refused (${how}), and made ${keyText(key)}`);
    }
  }

  #logOf(key: Key): LogAudit | undefined {
    return this.#logs.get(partitionOf(key));
  }

  #broken(what: string): void {
    this.#world.fail('answers agree with the log', what);
  }
}

export function describeEnd(end: CallEnd): string {
  return end.kind === 'status' ? `${end.code}: ${end.text}` : end.kind;
}
