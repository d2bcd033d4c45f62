// Message subscriptions whose two sides live on different partitions, over a transport that loses, doubles and reorders.
import {
  type Key,
  type LogRecord,
  messagePartition,
  NO_OPERATION,
  NO_REQUEST,
} from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { between, randomFrom, runSeed } from '../kit/random.ts';
import {
  completions,
  leaveOn,
  message,
  messageStory,
  noteOn,
  publish,
  waitFor,
} from './message-models.ts';
import { bpmn, end, job, start } from './models.ts';
import { Scenario } from './scenario.ts';

const PARTITIONS = 3;
const RESEND_MS = 11_000;
const MINUTE = 60_000;
const SEEDS = Array.from({ length: 5 }, (_, i) => runSeed + i);

interface Letter {
  readonly to: number;
  readonly record: LogRecord;
}

/** Engines of several partitions and the letters between them, delivered by the test. */
class Cluster {
  readonly engines: readonly Scenario[];
  letters: Letter[] = [];

  constructor(xml: string) {
    this.engines = Array.from({ length: PARTITIONS }, (_, i) => {
      const options = { partitionId: i + 1, partitionCount: PARTITIONS, flushEvery: 2 };
      return new Scenario(options);
    });
    this.#act(1, (engine) => engine.deployModel(xml));
    this.settle();
  }

  engine(partition: number): Scenario {
    return this.engines[partition - 1] as Scenario;
  }

  #act(partition: number, act: (engine: Scenario) => void): void {
    const engine = this.engine(partition);
    engine.effects.length = 0;
    act(engine);
    for (const effect of engine.effects)
      if (effect.kind === 'send' || effect.kind === 'send-once')
        this.letters.push({ to: effect.partitionId, record: effect.record });
  }

  create(partition: number, variables: string): Key {
    this.#act(partition, (engine) => engine.create('p', variables));
    return this.engine(partition).instanceKey;
  }

  cancel(partition: number, key: Key): void {
    this.#act(partition, (engine) => engine.cancel(key));
  }

  publish(key: string, timeToLive = 0, variables = '{}'): void {
    const partition = messagePartition(key, PARTITIONS);
    this.#act(partition, (engine) => publish(engine, 'm', key, { timeToLive, variables }));
  }

  work(partition: number, type: string): void {
    this.#act(partition, (engine) => engine.work(type));
  }

  deliver({ to, record }: Letter): void {
    this.#act(to, (engine) =>
      engine.perform({
        valueType: record.valueType,
        intent: record.intent,
        key: record.key,
        value: record.value,
        requestId: NO_REQUEST,
        operationReference: NO_OPERATION,
        streamId: 0,
        pendingPosition: -1,
      }),
    );
  }

  /** Delivers everything in order, and what follows from it. */
  settle(): void {
    for (let letter = this.letters.shift(); letter !== undefined; letter = this.letters.shift())
      this.deliver(letter);
  }

  advance(ms: number): void {
    for (let i = 1; i <= PARTITIONS; i++) this.#act(i, (engine) => engine.advance(ms));
  }

  /** What every partition sends again by now, looked at in small pieces. */
  resend(): void {
    for (const engine of this.engines) {
      const since = engine.now - 10_000;
      let after: string | undefined;
      do {
        const from = after;
        const { commands, next } = engine.loading(() => engine.engine.unanswered(since, from, 3));
        for (const { partitionId, record } of commands)
          this.letters.push({ to: partitionId, record });
        after = next;
      } while (after !== undefined);
    }
  }

  /** Time passes and what was lost comes again, until nothing is open any more. */
  heal(): void {
    for (let i = 0; i < 10; i++) {
      this.settle();
      this.advance(RESEND_MS);
      this.resend();
    }
    expect(this.letters).toEqual([]);
  }

  /** Families of the two sides that hold something, by partition. */
  leftovers(): string[] {
    return this.engines.flatMap((engine) => engine.leftovers());
  }
}

let c: Cluster;
afterEach(() => {
  for (const engine of c.engines) engine.verify();
});

const waiting = bpmn(
  'p',
  [start(), waitFor('wait', 'message-m'), end()],
  'start -> wait -> end',
  message('m', '=order'),
);
const noted = bpmn(
  'p',
  [start(), job('work'), noteOn('note', 'work', 'message-m'), end(), end('noted')],
  'start -> work -> end; note -> noted',
  message('m', '=order'),
);
const left = bpmn(
  'p',
  [start(), job('work'), leaveOn('leave', 'work', 'message-m'), end(), end('left')],
  'start -> work -> end; leave -> left',
  message('m', '=order'),
);

/** A correlation key of messages that another partition keeps. */
const keyOn = (partition: number): string => {
  for (let i = 0; ; i++) if (messagePartition(`k${i}`, PARTITIONS) === partition) return `k${i}`;
};
const KEY = keyOn(2);
const ORDER = `{"order":"${KEY}"}`;

/** Loses the next letter with this intent and delivers the others. */
function settleBut(intent: string): void {
  for (;;) {
    const place = c.letters.findIndex(({ record }) => record.intent === intent);
    if (place >= 0) {
      c.letters.splice(place, 1);
      break;
    }
    const letter = c.letters.shift();
    if (letter === undefined) throw new Error(`no letter ${intent}`);
    c.deliver(letter);
  }
  c.settle();
}

describe('a subscription in another partition', () => {
  test('opens, correlates and is gone', () => {
    c = new Cluster(waiting);
    c.create(1, ORDER);
    c.settle();
    c.publish(KEY, 0, '{"sum":7}');
    c.settle();
    expect(c.engine(1).isEnded).toBe(true);
    expect(messageStory(c.engine(1).records)).toEqual([
      'here CREATING',
      'here CREATED',
      'here CORRELATED',
    ]);
    expect(messageStory(c.engine(2).records)).toEqual([
      'there CREATED',
      'message PUBLISHED',
      'there CORRELATING',
      'message EXPIRED',
      'there CORRELATED',
    ]);
    expect(c.leftovers()).toEqual([]);
  });

  test('takes a buffered message when it opens', () => {
    c = new Cluster(waiting);
    c.publish(KEY, MINUTE);
    c.create(3, ORDER);
    c.settle();
    expect(c.engine(3).isEnded).toBe(true);
    c.heal();
    expect(c.leftovers()).toEqual([]);
  });

  test('closes with its element', () => {
    c = new Cluster(left);
    c.create(1, ORDER);
    c.settle();
    c.work(1, 'work');
    expect(c.engine(1).isEnded).toBe(true);
    c.settle();
    expect(messageStory(c.engine(1).records).slice(-2)).toEqual(['here DELETING', 'here DELETED']);
    expect(c.leftovers()).toEqual([]);
  });

  test.each(['CREATE', 'CORRELATE', 'DELETE'])('heals when %s is lost', (intent) => {
    c = new Cluster(left);
    c.create(1, ORDER);
    if (intent === 'CREATE') settleBut(intent);
    else c.settle();
    if (intent === 'CORRELATE') {
      c.publish(KEY);
      settleBut(intent);
      c.heal();
      expect(completions(c.engines, 'left')).toHaveLength(1);
    } else {
      c.work(1, 'work');
      if (intent === 'DELETE') settleBut(intent);
      c.heal();
    }
    expect(c.leftovers()).toEqual([]);
  });

  test.each([
    ['CREATE', 1],
    ['DELETE', 1],
    ['CORRELATE', 1],
  ])('heals when the answer to %s is lost', (intent, which) => {
    c = new Cluster(left);
    c.create(1, ORDER);
    const loseAnswer = () => {
      // The first one arrives, the answer to it does not.
      const at = c.letters.findIndex(({ record }) => record.intent === intent);
      c.deliver(c.letters.splice(at, 1)[0] as Letter);
      c.letters.splice(-which, 1);
      c.settle();
    };
    if (intent === 'CREATE') loseAnswer();
    else c.settle();
    if (intent === 'CORRELATE') {
      c.publish(KEY);
      loseAnswer();
    } else {
      c.work(1, 'work');
      if (intent === 'DELETE') loseAnswer();
    }
    c.heal();
    expect(completions(c.engines, intent === 'CORRELATE' ? 'left' : 'end')).toHaveLength(1);
    expect(c.leftovers()).toEqual([]);
  });

  test('a lost word of having taken a message gives it to nobody else', () => {
    c = new Cluster(waiting);
    c.create(1, ORDER);
    c.create(3, ORDER);
    c.settle();
    c.publish(KEY, MINUTE * 10);
    const toInstance = c.letters.shift() as Letter;
    c.deliver(toInstance);
    c.letters = [];
    c.heal();
    expect(completions(c.engines, 'wait')).toHaveLength(1);
  });

  test('a message that the instance cannot take goes to another one', () => {
    c = new Cluster(waiting);
    const first = c.create(1, ORDER);
    c.create(3, ORDER);
    c.settle();
    c.publish(KEY, MINUTE * 10);
    // It leaves while the message is on its way.
    c.cancel(1, first);
    c.heal();
    expect(completions(c.engines, 'wait')).toHaveLength(1);
    expect(c.engine(3).isEnded).toBe(true);
    c.advance(MINUTE * 10);
    expect(c.leftovers()).toEqual([]);
  });

  test.each(SEEDS)('a non-interrupting event happens once for each message, seed %i', (seed) => {
    c = new Cluster(noted);
    const random = randomFrom(seed);
    c.create(1, ORDER);
    c.settle();
    for (let i = 0; i < 20; i++) c.publish(KEY, MINUTE * 60);
    for (let round = 0; round < 400 && (c.letters.length > 0 || round < 100); round++) {
      const place = between(random, 0, Math.max(0, c.letters.length - 1));
      const [letter] = c.letters.splice(place, 1);
      if (letter !== undefined) {
        const fate = random();
        if (fate > 0.3) c.deliver(letter);
        if (fate > 0.9) c.deliver(letter);
      } else {
        c.advance(RESEND_MS);
        c.resend();
      }
    }
    for (let i = 0; i < 25; i++) c.heal();
    expect(completions(c.engines, 'noted')).toHaveLength(20);
  });

  test.each(SEEDS)(
    'no message reaches two of many instances, whatever is lost, seed %i',
    (seed) => {
      c = new Cluster(waiting);
      const random = randomFrom(seed);
      const keys = [keyOn(1), keyOn(2), keyOn(3)];
      let published = 0;
      for (let i = 0; i < 60; i++) {
        const order = keys[between(random, 0, 2)] as string;
        if (random() < 0.5) c.create(between(random, 1, 3), `{"order":"${order}"}`);
        else {
          c.publish(order, MINUTE * 600);
          published++;
        }
        for (let n = between(random, 0, 6); n > 0; n--) {
          const [letter] = c.letters.splice(between(random, 0, c.letters.length - 1), 1);
          if (letter === undefined) break;
          const fate = random();
          if (fate > 0.25) c.deliver(letter);
          if (fate > 0.9) c.letters.push(letter);
        }
        if (random() < 0.2) {
          c.advance(RESEND_MS);
          c.resend();
        }
      }
      for (let i = 0; i < 5; i++) c.heal();
      const correlated = c.engines.flatMap((engine) =>
        engine.records.filter(
          (r) => r.valueType === 'PROCESS_MESSAGE_SUBSCRIPTION' && r.intent === 'CORRELATED',
        ),
      ) as LogRecord<'PROCESS_MESSAGE_SUBSCRIPTION'>[];
      const messages = correlated.map(({ value }) => value.messageKey);
      expect(new Set(messages).size).toBe(messages.length);
      expect(messages.length).toBeLessThanOrEqual(published);
      expect(completions(c.engines, 'wait')).toHaveLength(messages.length);
    },
  );
});
