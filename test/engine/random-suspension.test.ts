// Random orders to suspend and resume between all that happens to instances: whatever is put aside comes back, nothing is
// handed out meanwhile, and nothing is left behind.
import { EMPTY_PROCESS_INSTANCE, type Key, NO_KEY, type SuspensionValue } from '@millrace/protocol';
import { expect, test } from 'vitest';
import { between, randomFrom, runSeed } from '../kit/random.ts';
import { after, leave, note, wait } from './event-models.ts';
import { and, bpmn, end, job, node, start, xor } from './models.ts';
import { Scenario } from './scenario.ts';

const LEAF = bpmn(
  'leaf',
  [start(), job('a'), wait('w', after('PT5S')), job('b')],
  'start -> a -> w -> b',
);
const MAIN = bpmn(
  'p',
  [
    start(),
    and('f'),
    job('a'),
    leave('limit', 'a', after('PT30S')),
    note(
      'hint',
      'a',
      '<timerEventDefinition><timeCycle>R3/PT7S</timeCycle></timerEventDefinition>',
    ),
    node('callActivity', 'c', { extensions: '<zeebe:calledElement processId="leaf"/>' }),
    job('b'),
    and('j'),
    end(),
    xor('m'),
    job('hinted', { type: 'b' }),
  ],
  'start -> f; f -> a -> m -> j; f -> c -> j; j -> b -> end; limit -> m; hint -> hinted',
);

/** One run: the scenario, what is suspended, and the instances that live. */
class Run {
  readonly s = new Scenario({ flushEvery: 2 });
  readonly random: () => number;
  readonly suspended = new Map<string, SuspensionValue>();
  readonly definitions: readonly Key[];
  readonly instances: Key[] = [];

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.s.deployModel(LEAF, 'leaf.bpmn');
    const leaf = this.s.last('PROCESS', 'CREATED').key;
    this.s.deployModel(MAIN);
    this.definitions = [leaf, this.s.last('PROCESS', 'CREATED').key];
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  /** Suspends something, or resumes it when it is suspended. */
  order(): void {
    const scope = this.pick(['PROCESS_INSTANCE', 'PROCESS_DEFINITION', 'JOB_TYPE'] as const);
    const isType = scope === 'JOB_TYPE';
    const among = scope === 'PROCESS_INSTANCE' ? this.living() : this.definitions;
    if (among.length === 0) return;
    const targetKey = isType ? NO_KEY : this.pick(among);
    const jobType = isType ? this.pick(['a', 'b']) : '';
    const id = `${targetKey} ${jobType}`;
    const value = {
      scope,
      targetKey,
      jobType,
      tenantId: '<default>',
      jobKeys: [],
      timerKeys: [],
      isLast: false,
    };
    if (this.suspended.has(id)) this.resume(id);
    else {
      expect(this.s.run('SUSPENSION', 'SUSPEND', NO_KEY, value)?.intent).toBe('SUSPENDED');
      this.suspended.set(id, value);
    }
  }

  resume(id: string): void {
    const value = this.suspended.get(id) as SuspensionValue;
    this.suspended.delete(id);
    const isGone = value.scope === 'PROCESS_INSTANCE' && !this.living().includes(value.targetKey);
    const answer = this.s.run('SUSPENSION', 'RESUME', NO_KEY, value);
    expect(answer?.recordType).toBe(isGone ? 'COMMAND_REJECTION' : 'EVENT');
  }

  living(): Key[] {
    const { elements } = this.s.engine.state;
    return this.instances.filter((key) => elements.get(key) !== undefined);
  }

  /** Takes jobs of a type; none of them may belong to something suspended. */
  take(type: string): readonly Key[] {
    const keys = this.s.activate(type, between(this.random, 1, 4), 20_000);
    if (this.suspended.has(`${NO_KEY} ${type}`)) expect(keys).toEqual([]);
    const { state } = this.s.engine;
    for (const key of keys) {
      const { value } = state.jobs.must(key);
      expect(this.suspended.has(`${value.processDefinitionKey} `)).toBe(false);
      for (let at = value.processInstanceKey; at !== NO_KEY; ) {
        expect(this.suspended.has(`${at} `)).toBe(false);
        const instance = state.elements.get(at)?.value;
        expect(this.suspended.has(`${instance?.processDefinitionKey} `)).toBe(false);
        at = instance?.parentProcessInstanceKey ?? NO_KEY;
      }
    }
    return keys;
  }

  step(): void {
    const { s } = this;
    const what = this.random();
    if (what < 0.15) this.instances.push(s.create('p'));
    else if (what < 0.4) this.order();
    else if (what < 0.75) {
      for (const key of this.take(this.pick(['a', 'b']))) {
        const answer = this.random();
        if (answer < 0.7) s.complete(key);
        else if (answer < 0.9) s.fail(key, 3, this.random() < 0.5 ? 0 : 3_000);
      }
    } else if (what < 0.95) s.advance(between(this.random, 0, 8_000));
    else if (this.living().length > 0) {
      s.run('PROCESS_INSTANCE', 'CANCEL', this.pick(this.living()), EMPTY_PROCESS_INSTANCE);
    }
  }

  end(): void {
    const { s } = this;
    for (const id of [...this.suspended.keys()]) this.resume(id);
    for (let i = 0; i < 60 && this.living().length > 0; i++) {
      s.advance(10_000);
      for (const type of ['a', 'b']) for (const key of s.activate(type, 100)) s.complete(key);
    }
    s.advance(0);
    expect(this.living()).toEqual([]);
    expect(s.engine.state.suspensions.any).toBe(false);
    // All that is left is the newest order that was taken, and the count of suspensions, which is 0.
    expect(s.leftovers().filter((line) => !/^009[bc]/.test(line))).toEqual([]);
    s.verify();
  }
}

test.each(Array.from({ length: 8 }, (_, i) => runSeed + i))('seed %i', (seed) => {
  const run = new Run(seed);
  for (let i = 0; i < 120; i++) run.step();
  run.end();
});
