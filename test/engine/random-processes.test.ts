// Processes by chance, worked by chance: nothing gets lost, counters agree with what is there, and of ended instances
// nothing stays. Each run has a seed of its own; MILLRACE_SEED repeats it.
import { EMPTY_JOB, type Key, type ProcessInstanceValue } from '@millrace/protocol';
import { expect, test } from 'vitest';
import type { Environment } from '../../broker/src/core/engine/environment.ts';
import { between, randomFrom, runSeed } from '../kit/random.ts';
import { CODES, JOB_TYPE, RandomModel } from './random-model.ts';
import { Scenario } from './scenario.ts';

const STREAM = { streamId: 1, worker: 'pushed', timeout: 10_000, fetchVariables: [] };

class RandomRun {
  readonly s: Scenario;
  readonly #random: () => number;
  readonly #instances: Key[] = [];
  #held: Key[] = [];
  readonly #processes: string[] = [];
  /** A stream that now and then has room. */
  readonly #streams: Environment = {
    hasStream: () => !this.#isFinishing && this.#random() < 0.3,
    takeStream: () => (this.#random() < 0.5 ? STREAM : undefined),
    returnStream: () => {},
  };
  #isFinishing = false;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.s = new Scenario({
      flushEvery: between(this.#random, 0, 3),
      environment: this.#streams,
    });
    const model = new RandomModel(this.#random);
    for (let i = 1; i <= 3; i++) {
      this.s.deployModel(model.bpmn(`p${i}`), `p${i}.bpmn`);
      this.#processes.push(`p${i}`);
    }
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[between(this.#random, 0, Math.max(0, list.length - 1))];
  }

  #create(): void {
    const variables = `{"n":${between(this.#random, 0, 9)}}`;
    this.#instances.push(this.s.create(this.#pick(this.#processes) as string, variables));
  }

  step(): void {
    this.#act();
    for (const effect of this.s.effects) {
      if (effect.kind === 'push') this.#held.push(...effect.record.value.jobKeys);
    }
  }

  #act(): void {
    const { s } = this;
    const dice = this.#random();
    const key = this.#pick(this.#held);
    if (dice < 0.12) this.#create();
    else if (dice < 0.3)
      this.#held.push(...s.activate(JOB_TYPE, between(this.#random, 1, 4), 10_000));
    else if (dice < 0.34) s.advance(between(this.#random, 1, 30_000));
    else if (dice < 0.37) s.cancel(this.#pick(this.#instances) ?? (0 as Key));
    else if (dice < 0.4) this.#setVariables();
    else if (dice < 0.45) this.#repair();
    else if (key !== undefined) this.#work(key);
  }

  #work(key: Key): void {
    const { s } = this;
    const dice = this.#random();
    if (dice < 0.5) s.complete(key, dice < 0.25 ? '{}' : `{"n":${between(this.#random, 0, 9)}}`);
    else if (dice < 0.62) s.fail(key, between(this.#random, 0, 2), dice < 0.56 ? 0 : 7_000);
    else if (dice < 0.8) s.throwError(key, this.#pick([...CODES, 'E9']) as string, '{"n":4}');
    else if (dice < 0.85) s.job('YIELD', key, EMPTY_JOB);
    else if (dice < 0.9) s.job('UPDATE_TIMEOUT', key, { timeout: 1_000 });
    else s.job('UPDATE_RETRIES', key, { retries: 3 });
    this.#held = this.#held.filter((each) => each !== key);
  }

  #setVariables(): void {
    const instance = this.#pick(this.#instances);
    if (instance !== undefined)
      this.s.set(this.#random() < 0.3 ? '{"n":null}' : '{"n":5}', instance);
  }

  /** Repairs and resolves all open incidents. */
  #repair(): void {
    const { s } = this;
    for (const [key, { jobKey, processInstanceKey }] of this.#incidents()) {
      s.set('{"n":5}', processInstanceKey);
      if (s.engine.state.jobs.get(jobKey) !== undefined)
        s.job('UPDATE_RETRIES', jobKey, { retries: 2 });
      s.resolve(key);
    }
  }

  #incidents() {
    const open = new Map<Key, { jobKey: Key; processInstanceKey: Key }>();
    for (const record of this.s.records) {
      if (record.valueType !== 'INCIDENT' || record.recordType !== 'EVENT') continue;
      if (record.intent === 'CREATED') open.set(record.key, record.value as never);
      else open.delete(record.key);
    }
    return open;
  }

  /** Element instances that the log says are there, by key. */
  #alive(): Map<Key, ProcessInstanceValue> {
    const alive = new Map<Key, ProcessInstanceValue>();
    for (const record of this.s.records) {
      if (record.valueType !== 'PROCESS_INSTANCE' || record.recordType !== 'EVENT') continue;
      if (record.intent === 'ELEMENT_ACTIVATING') alive.set(record.key, record.value as never);
      const isEnd = record.intent === 'ELEMENT_COMPLETED' || record.intent === 'ELEMENT_TERMINATED';
      if (isEnd && !alive.delete(record.key)) throw new Error(`${record.key} ended twice`);
    }
    return alive;
  }

  /** Counters of every scope agree with what is in it. */
  check(): void {
    const alive = this.#alive();
    const { elements } = this.s.engine.state;
    for (const [key, value] of alive) {
      const instance = elements.must(key);
      const inside = [...alive]
        .filter(([, each]) => each.flowScopeKey === key)
        .map(([child]) => child);
      const listed = this.s.loading(() => elements.children.scan(key)).map(({ suffix }) => suffix);
      expect(listed, value.elementId).toEqual(inside.sort((a, b) => a - b));
      expect(instance.activeChildren, value.elementId).toBe(inside.length);
    }
  }

  /** Works everything off. */
  finish(): void {
    this.#isFinishing = true;
    const { s } = this;
    for (let round = 0; round < 300; round++) {
      s.advance(20_000);
      this.#repair();
      const jobs = s.activate(JOB_TYPE, 50, 5_000);
      for (const key of jobs) s.complete(key, '{"n":2}');
      if (jobs.length === 0 && this.#incidents().size === 0 && this.#alive().size === 0) return;
    }
    const left = [...this.#alive().values()].map((value) => value.elementId);
    throw new Error(`never ended: ${left.join(', ')}\n${s.story.slice(-60).join('\n')}`);
  }
}

const ROUNDS = Number(process.env.MILLRACE_ROUNDS ?? 25);

test.each(Array.from({ length: ROUNDS }, (_, i) => i))('round %i', (round) => {
  const seed = runSeed + round;
  try {
    const run = new RandomRun(seed);
    for (let step = 0; step < 80; step++) {
      run.step();
      if (step % 20 === 19) run.check();
    }
    run.finish();
    expect(run.s.leftovers()).toEqual([]);
    expect(run.s.records.filter((r) => r.valueType === 'ERROR')).toEqual([]);
    run.s.verify();
  } catch (error) {
    throw new Error(`MILLRACE_SEED=${seed} MILLRACE_ROUNDS=1`, { cause: error });
  }
});
