// One random model with random answers against an engine, and what must hold whatever happens.
// Guarantees: the same seed, model and options give the same run on every machine.
// Leaves to others: making a failing model small (shrink.ts).
import { Document, type Key, NO_KEY } from '@millrace/protocol';
import { broadcast } from '../engine/event-models.ts';
import { publish } from '../engine/message-models.ts';
import { Scenario } from '../engine/scenario.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import type { RandomModel } from './block.ts';
import { Joins, Ledger } from './ledger.ts';
import { LISTEN, printModel, WORK } from './print-model.ts';
import { ModelGrower } from './random-model.ts';

const STEPS = 60;
const STEPS_BETWEEN_CHECKS = 10;
/** Nothing more is started while there is more than this. */
const ALIVE_MAX = 1_000;
const DRAIN_ROUNDS = 20;
/** More than this from one command goes on for ever. */
const TURNS_MAX = 200;
const CANCEL_ROUNDS = 6;
const TIME_TO_LIVE = 60_000;
/** What modifications end. */
const MODIFIED: ReadonlySet<string> = new Set([
  'SERVICE_TASK',
  'USER_TASK',
  'SUB_PROCESS',
  'RECEIVE_TASK',
  'CALL_ACTIVITY',
  'INTERMEDIATE_CATCH_EVENT',
]);
const USER_TASK = 'io.camunda.zeebe:userTask';

export type Check =
  | 'refused'
  | 'crash'
  | 'error record'
  | 'stuck'
  | 'replay'
  | 'cancel'
  | 'leftovers';

export interface Failure {
  readonly check: Check;
  readonly what: string;
}

export interface FuzzOutcome {
  readonly failure: Failure | undefined;
  readonly records: number;
  /** What happened, as lines. */
  readonly story: () => readonly string[];
}

export const modelOf = (seed: number): RandomModel =>
  new ModelGrower(new SeededRandom(seed).fork('model')).grow();

class Broken extends Error {
  readonly check: Check;

  constructor(check: Check, what: string) {
    super(what);
    this.check = check;
  }
}

/** Runs the model; `seed` is that of the answers. */
export function fuzz(seed: number, model: RandomModel = modelOf(seed)): FuzzOutcome {
  const run = new FuzzRun(seed, model);
  let failure: Failure | undefined;
  try {
    run.all();
  } catch (error) {
    failure =
      error instanceof Broken
        ? { check: error.check, what: error.message }
        : { check: 'crash', what: (error as Error).stack ?? String(error) };
  }
  return { failure, records: run.recordCount, story: () => run.s.story };
}

class FuzzRun {
  readonly s: Scenario;
  readonly #random: SeededRandom;
  readonly #model: RandomModel;
  readonly #ledger: Ledger;
  readonly #xml: string;
  #entries = 0;
  #held: Key[] = [];
  #baseline: ReadonlySet<string> = new Set();
  recordCount = 0;

  constructor(seed: number, model: RandomModel) {
    this.#random = new SeededRandom(seed).fork('answers');
    this.#model = model;
    this.#xml = printModel(model);
    this.#ledger = new Ledger(new Joins(this.#xml));
    this.s = new Scenario({ flushEvery: this.#between(0, 3), turnsMax: TURNS_MAX });
  }

  all(): void {
    const answer = this.s.deploy(['fuzz.bpmn', this.#xml]);
    if (answer?.recordType !== 'EVENT') throw new Broken('refused', answer?.rejectionReason ?? '');
    this.#baseline = new Set(this.s.leftovers().map(keyOfLine));
    this.#create();
    for (let step = 1; step <= STEPS; step++) {
      this.#act(this.#random.next());
      if (step % STEPS_BETWEEN_CHECKS === 0) this.#check();
    }
    this.#verify();
    this.#drain();
    this.#cancelAll();
    this.#verify();
    this.#nothingLeft();
  }

  #between(from: number, to: number): number {
    return from + Math.floor(this.#random.next() * (to - from + 1));
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#between(0, Math.max(0, list.length - 1))];
  }

  #observe(): Ledger {
    const records = this.s.recordsBehind(this.#entries);
    this.#entries = this.s.entryCount;
    this.recordCount += records.length;
    for (const record of records) this.#ledger.add(record);
    return this.#ledger;
  }

  #check(): void {
    const { errors } = this.#observe();
    if (errors.length > 0) throw new Broken('error record', errors.join('\n'));
    const stuck = this.#ledger.stuck();
    if (stuck.length > 0) throw new Broken('stuck', stuck.join(', '));
  }

  #verify(): void {
    this.#check();
    try {
      this.s.verify();
    } catch (error) {
      throw new Broken('replay', (error as Error).message.split('\n').slice(0, 4).join('\n'));
    }
  }

  #act(dice: number): void {
    const { s } = this;
    if (dice < 0.08) this.#create();
    else if (dice < 0.26) this.#activate();
    else if (dice < 0.54) this.#work();
    else if (dice < 0.64) s.advance(this.#between(1, 15_000));
    else if (dice < 0.72) this.#publish();
    else if (dice < 0.78) broadcast(s, `g${this.#between(1, 3)}`, this.#variables());
    else if (dice < 0.84) this.#userTask();
    else if (dice < 0.9) this.#repair();
    else if (dice < 0.95) this.#setVariables();
    else if (dice < 0.96) this.#cancel();
    else if (dice < 0.985) this.#modify();
    else s.advance(60_000);
  }

  #variables(): string {
    return this.#random.chance(0.5) ? '{}' : `{"n":${this.#between(0, 9)}}`;
  }

  #create(): void {
    if (this.#observe().alive.size > ALIVE_MAX) return;
    const last = this.#model.length;
    const process = this.#random.chance(0.7) ? last : this.#between(1, last);
    const others = this.#random.chance(0.9) ? ',"k":"k","items":["a","b"]' : '';
    const variables = new Document(`{"n":${this.#between(0, 9)}${others}}`);
    this.s.createWith({ bpmnProcessId: `p${process}`, variables });
  }

  #activate(): void {
    const type = this.#pick([WORK, WORK, LISTEN, USER_TASK]) as string;
    this.#held.push(...this.s.activate(type, this.#between(1, 5), 10_000));
  }

  #work(): void {
    const { s } = this;
    const key = this.#pick(this.#held);
    if (key === undefined) return this.#activate();
    const dice = this.#random.next();
    if (dice < 0.6) s.complete(key, this.#variables());
    else if (dice < 0.75) s.fail(key, this.#between(0, 2), dice < 0.7 ? 0 : 7_000);
    else if (dice < 0.95) s.throwError(key, this.#pick(['E1', 'E2', 'E9']) as string, '{"n":4}');
    else s.job('UPDATE_RETRIES', key, { retries: 3 });
    this.#held = this.#held.filter((each) => each !== key);
  }

  #publish(): void {
    const name = this.#pick(['m1', 'm2', 'm3', 'r1']) as string;
    publish(this.s, name, this.#random.chance(0.8) ? 'k' : 'other', {
      variables: this.#variables(),
      timeToLive: this.#random.chance(0.5) ? 0 : TIME_TO_LIVE,
      messageId: this.#random.chance(0.1) ? 'once' : '',
    });
  }

  #userTask(): void {
    const key = this.#pick([...this.#observe().userTasks.keys()]);
    if (key === undefined) return;
    const dice = this.#random.next();
    if (dice < 0.7) this.#userTaskCommand(key, 'COMPLETE', this.#variables());
    else this.#userTaskCommand(key, dice < 0.85 ? 'ASSIGN' : 'CLAIM', '{}');
  }

  #userTaskCommand(key: Key, intent: 'COMPLETE' | 'ASSIGN' | 'CLAIM', variables: string): void {
    const task = this.#observe().userTasks.get(key);
    if (task === undefined) return;
    const assignee = intent === 'COMPLETE' ? '' : 'somebody';
    const document = new Document(variables);
    this.s.run('USER_TASK', intent, key, { ...task, assignee, action: '', variables: document });
  }

  #setVariables(): void {
    const [key] = this.#pick([...this.#observe().alive]) ?? [];
    if (key === undefined) return;
    const text = this.#random.chance(0.3) ? '{"n":null}' : '{"n":5,"k":"k"}';
    this.s.set(text, key, this.#random.chance(0.3));
  }

  /** Moves something that is active, or begins something else beside it. */
  #modify(): void {
    const { alive, roots } = this.#observe();
    const root = this.#pick([...roots]);
    const process = alive.get(root as Key)?.value;
    if (root === undefined || process === undefined) return;
    const inside = [...alive].filter(
      ([, { value }]) => value.processInstanceKey === root && MODIFIED.has(value.bpmnElementType),
    );
    const ids = this.#activities(process.bpmnProcessId);
    const [key] = this.#pick(inside) ?? [];
    const elementId = this.#pick(ids);
    const activates = elementId !== undefined && this.#random.chance(0.7);
    const terminates = key !== undefined && this.#random.chance(0.7);
    this.s.run('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', root, {
      processInstanceKey: root,
      terminateInstructions: terminates ? [{ elementInstanceKey: key }] : [],
      activateInstructions: activates
        ? [{ elementId, ancestorScopeKey: NO_KEY, variableInstructions: [], ancestorScopeKeys: [] }]
        : [],
      ancestorScopeKeys: [],
      tenantId: '<default>',
    });
  }

  /** Ids of tasks of a process. */
  #activities(processId: string): string[] {
    const from = this.#xml.indexOf(`<process id="${processId}"`);
    const xml = this.#xml.slice(from, this.#xml.indexOf('</process>', from));
    return [...xml.matchAll(/<(?:\w*[tT]ask|subProcess) id="([^"]+)"(?! triggeredByEvent)/g)].map(
      ([, id]) => id as string,
    );
  }

  #cancel(): void {
    const keys = this.#observe().roots;
    const key = this.#pick([...keys]);
    if (key !== undefined) this.s.cancel(key);
  }

  /** Repairs what an incident is about, mostly, and resolves it. */
  #repair(): void {
    const { s } = this;
    for (const [key, { jobKey, variableScopeKey }] of [...this.#observe().incidents].slice(0, 20)) {
      s.set('{"n":5,"k":"k","items":[1]}', variableScopeKey);
      if (s.engine.state.jobs.get(jobKey) !== undefined)
        s.job('UPDATE_RETRIES', jobKey, { retries: 2 });
      s.resolve(key);
    }
  }

  /** Everybody does what is asked of him, for a while. */
  #drain(): void {
    const { s } = this;
    for (let round = 0; round < DRAIN_ROUNDS && this.#observe().alive.size > 0; round++) {
      s.advance(10_000);
      this.#repair();
      for (const type of [WORK, LISTEN, USER_TASK])
        for (const key of s.activate(type, 50, 5_000)) s.complete(key, '{"n":2}');
      for (const key of [...this.#observe().userTasks.keys()].slice(0, 50))
        this.#userTaskCommand(key, 'COMPLETE', '{}');
      for (const name of ['m1', 'm2', 'r1']) publish(s, name, 'k');
      for (const name of ['g1', 'g2']) broadcast(s, name);
    }
    this.#check();
  }

  #cancelAll(): void {
    for (let round = 0; round < CANCEL_ROUNDS; round++) {
      const { roots, alive } = this.#observe();
      for (const key of roots) {
        // It waits for listeners to its own end.
        if (alive.get(key)?.state === 'ELEMENT_TERMINATING') continue;
        const answer = this.s.cancel(key);
        if (answer?.recordType === 'COMMAND_REJECTION')
          throw new Broken('cancel', `${answer.rejectionType}: ${answer.rejectionReason}`);
      }
      // What was buffered for an instance that has ended starts the next one.
      this.s.advance(TIME_TO_LIVE);
      this.#repair();
      for (const key of this.s.activate(LISTEN, 200, 5_000)) this.s.complete(key);
    }
    const { alive } = this.#observe();
    const left = [...alive.values()].map(({ value, state }) => `${value.elementId} ${state}`);
    if (left.length > 0) throw new Broken('cancel', `still there: ${left.join(', ')}`);
  }

  #nothingLeft(): void {
    const open = this.#observe().left();
    if (open.length > 0) throw new Broken('leftovers', open.join(', '));
    const lines = this.s.leftovers().filter((line) => !this.#baseline.has(keyOfLine(line)));
    if (lines.length > 0) throw new Broken('leftovers', lines.join('\n'));
  }
}

/** A line of a dump is `key value`. */
const keyOfLine = (line: string): string => line.slice(0, line.indexOf(' '));
