// Deployments and deletions on several partitions, over a transport that loses, doubles and reorders.
import {
  type CommandDistributionValue,
  type DeploymentValue,
  type Key,
  type LogRecord,
  NO_KEY,
  NO_OPERATION,
  NO_REQUEST,
} from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { between, randomFrom, runSeed } from '../kit/random.ts';
import { oneTask } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

interface Letter {
  readonly to: number;
  readonly record: LogRecord;
}

/** Engines of several partitions and the letters between them, delivered by the test. */
class Cluster {
  readonly engines: readonly Scenario[];
  letters: Letter[] = [];

  /** @param known how many of them the cluster began with */
  constructor(partitionCount: number, known: number = partitionCount) {
    this.engines = Array.from(
      { length: partitionCount },
      (_, i) => new Scenario({ partitionId: i + 1, partitionCount: known, flushEvery: 1 }),
    );
  }

  engine(partition: number): Scenario {
    return this.engines[partition - 1] as Scenario;
  }

  get first(): Scenario {
    return this.engine(1);
  }

  /** Collects what the engine's last command sends. */
  collect(from: Scenario): void {
    for (const effect of from.effects) {
      if (effect.kind === 'send')
        this.letters.push({ to: effect.partitionId, record: effect.record });
    }
  }

  deliver({ to, record }: Letter): void {
    const engine = this.engine(to);
    engine.perform({
      valueType: record.valueType,
      intent: record.intent,
      key: record.key,
      value: record.value,
      requestId: NO_REQUEST,
      operationReference: NO_OPERATION,
      streamId: 0,
      pendingPosition: -1,
    });
    this.collect(engine);
  }

  /** Delivers everything in order, and what follows from it. */
  settle(): void {
    for (let letter = this.letters.shift(); letter !== undefined; letter = this.letters.shift()) {
      this.deliver(letter);
    }
  }

  /** What partition 1 would send again. */
  resend(): void {
    for (const { partitionId, record } of this.open())
      this.letters.push({ to: partitionId, record });
  }

  open(): readonly { partitionId: number; record: LogRecord }[] {
    return this.first.loading(() => this.first.engine.unacknowledged());
  }

  deploy(type: string, id = 'p'): Key {
    const answer = this.first.deploy([
      `${id}.bpmn`,
      oneTask(id, { type }),
    ]) as LogRecord<'DEPLOYMENT'>;
    this.collect(this.first);
    return answer.value.processesMetadata[0]?.processDefinitionKey as Key;
  }

  remove(key: Key): string {
    const value = { resourceKey: key, tenantId: '<default>' };
    const answer = this.first.run('RESOURCE_DELETION', 'DELETE', NO_KEY, value);
    this.collect(this.first);
    return outcome(answer);
  }

  /** The definitions of a partition: what creation by the id finds, and by each version. */
  definitions(partition: number, id = 'p'): string {
    const { processes } = this.engine(partition).engine.state;
    const versions = Array.from({ length: 12 }, (_, i) => i + 1)
      .map((version) => processes.byVersion(id, version, '<default>'))
      .filter((each) => each !== undefined)
      .map((each) => `${each.version}:${each.processDefinitionKey}`);
    return `${processes.latest(id, '<default>')?.version ?? 0} of ${versions.join(' ')}`;
  }
}

let c: Cluster;
afterEach(() => {
  for (const engine of c.engines) engine.verify();
});

const events = (engine: Scenario) =>
  engine.records
    .filter((r) => r.valueType === 'COMMAND_DISTRIBUTION' && r.recordType === 'EVENT')
    .map((r) => `${r.intent} ${(r.value as CommandDistributionValue).partitionId}`);

describe('a deployment', () => {
  test('reaches every partition with its keys and versions', () => {
    c = new Cluster(3);
    const key = c.deploy('a');
    c.settle();
    for (const partition of [2, 3]) {
      expect(c.definitions(partition)).toBe(`1 of 1:${key}`);
      c.engine(partition).create('p');
      c.engine(partition).work('a');
      expect(c.engine(partition).isEnded).toBe(true);
    }
    expect(events(c.first)).toEqual([
      'STARTED 1',
      'DISTRIBUTING 2',
      'DISTRIBUTING 3',
      'ACKNOWLEDGED 2',
      'ACKNOWLEDGED 3',
      'FINISHED 3',
    ]);
    expect(c.open()).toEqual([]);
  });

  test('is sent once to each; what it holds stands once in the log', () => {
    c = new Cluster(3);
    c.deploy('a');
    const carrying = c.first.records.filter(
      (r) =>
        r.valueType === 'COMMAND_DISTRIBUTION' &&
        (r.value as CommandDistributionValue).commandValue !== undefined,
    );
    expect(carrying.map((r) => r.intent)).toEqual(['STARTED']);
    expect(c.letters).toHaveLength(2);
  });

  test('lost on the way it is sent again; a lost acknowledgement too', () => {
    c = new Cluster(2);
    c.deploy('a');
    c.letters = [];
    c.resend();
    c.deliver(c.letters.shift() as Letter);
    c.letters = [];
    expect(c.open()).toHaveLength(1);
    c.resend();
    c.settle();
    expect(c.open()).toEqual([]);
    expect(c.engine(2).records.filter((r) => r.valueType === 'PROCESS')).toHaveLength(1);
  });

  test('a late double of one that was deleted since brings nothing back', () => {
    c = new Cluster(2);
    const key = c.deploy('a');
    const double = c.letters[0] as Letter;
    c.settle();
    c.remove(key);
    c.settle();
    c.deliver(double);
    c.settle();
    expect(c.definitions(2)).toBe('0 of ');
    expect(c.open()).toEqual([]);
  });

  test('two files of the same name in one deployment', () => {
    c = new Cluster(2);
    c.first.deploy(
      ['x.bpmn', oneTask('p', { type: 'a' })],
      ['x.bpmn', oneTask('q', { type: 'b' })],
    );
    c.collect(c.first);
    c.settle();
    for (const id of ['p', 'q']) {
      c.engine(2).create(id);
      expect(c.engine(2).activate(id === 'p' ? 'a' : 'b')).toHaveLength(1);
    }
  });

  test('an acknowledgement of nothing is refused', () => {
    c = new Cluster(2);
    c.deploy('a');
    c.settle();
    const answer = c.first.run(
      'COMMAND_DISTRIBUTION',
      'ACKNOWLEDGE',
      c.first.last('DEPLOYMENT', 'CREATED').key,
      {
        partitionId: 2,
        queueId: '',
        valueType: 'DEPLOYMENT',
        intent: 'CREATE',
        commandValue: undefined,
      },
    );
    expect(outcome(answer)).toContain('NOT_FOUND: Expected to find pending distribution');
  });
});

describe('order', () => {
  test('the second deployment waits for the acknowledgement of the first', () => {
    c = new Cluster(2);
    c.deploy('a');
    c.deploy('b');
    c.deploy('c', 'q');
    expect(c.letters).toHaveLength(1);
    expect(events(c.first).filter((each) => each.startsWith('ENQUEUED'))).toHaveLength(2);
    c.settle();
    expect([c.definitions(2), c.definitions(2, 'q')]).toEqual([
      c.definitions(1),
      c.definitions(1, 'q'),
    ]);
  });

  test('a deletion comes after the deployment it deletes', () => {
    c = new Cluster(2);
    const key = c.deploy('a');
    c.remove(key);
    expect(c.letters.map(({ record }) => record.valueType)).toEqual(['DEPLOYMENT']);
    c.settle();
    expect(c.definitions(2)).toBe('0 of ');
  });

  test('a deletion that waits for instances holds up no later deployment', () => {
    c = new Cluster(2);
    const key = c.deploy('a');
    c.settle();
    c.engine(2).create('p');
    expect(c.remove(key)).toBe('DELETING');
    c.settle();
    const next = c.deploy('b');
    const other = c.deploy('c', 'q');
    c.settle();
    expect(c.definitions(2)).toBe(`2 of 1:${key} 2:${next}`);
    expect(c.definitions(2, 'q')).toBe(`1 of 1:${other}`);
    c.engine(2).cancelInstance();
    c.resend();
    c.settle();
    expect(c.definitions(2)).toBe(`2 of 2:${next}`);
    expect(c.open()).toEqual([]);
  });
});

test.each([1, 2, 3])(
  'any loss, doubling and reordering ends with the same definitions everywhere (%i)',
  (round) => {
    const seed = runSeed + round;
    const random = randomFrom(seed);
    c = new Cluster(3);
    const keys: Key[] = [];
    for (let step = 0; step < 60; step++) {
      const dice = random();
      if (dice < 0.15) keys.push(c.deploy(`t${step}`));
      else if (dice < 0.22 && keys.length > 0) {
        c.remove(keys.splice(between(random, 0, keys.length - 1), 1)[0] as Key);
      } else if (dice < 0.35) c.resend();
      const at = between(random, 0, Math.max(0, c.letters.length - 1));
      const letter = c.letters[at];
      if (letter === undefined) continue;
      if (random() < 0.7) c.letters.splice(at, 1);
      if (random() < 0.8) c.deliver(letter);
    }
    for (let i = 0; i < 200 && (c.open().length > 0 || c.letters.length > 0); i++) {
      c.settle();
      c.resend();
    }
    c.settle();
    for (const partition of [2, 3])
      expect(c.definitions(partition), `seed ${seed}`).toBe(c.definitions(1));
    const deployed = c.first.records.filter(
      (r) => r.valueType === 'DEPLOYMENT' && r.recordType === 'EVENT',
    );
    expect(deployed.every((r) => (r.value as DeploymentValue).resources.length === 0)).toBe(true);
  },
);

describe('a cluster that grows', () => {
  const scaleUp = (desiredPartitionCount: number) =>
    c.first.run('SCALE', 'SCALE_UP', NO_KEY, {
      desiredPartitionCount,
      partitionId: 0,
      processDefinitionKey: NO_KEY,
    });
  const bring = (processDefinitionKey: Key, partitionId: number) => {
    const value = { desiredPartitionCount: 3, partitionId, processDefinitionKey };
    const answer = c.first.run('SCALE', 'BRING', NO_KEY, value);
    c.collect(c.first);
    return answer;
  };

  test('brings the new partition every version, old and new ones in their order', () => {
    c = new Cluster(3, 1);
    const keys = [c.deploy('a'), c.deploy('b')];
    c.settle();
    expect(c.definitions(3)).toBe('0 of ');
    scaleUp(3);
    for (const partition of [2, 3]) for (const key of keys) bring(key, partition);
    keys.push(c.deploy('c'));
    c.settle();
    for (const partition of [2, 3])
      expect(c.definitions(partition)).toBe(
        `3 of ${keys.map((key, i) => `${i + 1}:${key}`).join(' ')}`,
      );
    expect(c.open()).toEqual([]);
    c.engine(3).create('p');
    c.engine(3).work('c');
    expect(c.engine(3).isEnded).toBe(true);
  });

  test('may begin again at any point: nothing comes twice', () => {
    c = new Cluster(2, 1);
    const key = c.deploy('a');
    scaleUp(2);
    bring(key, 2);
    c.settle();
    bring(key, 2);
    scaleUp(2);
    c.settle();
    expect(c.definitions(2)).toBe(`1 of 1:${key}`);
    expect(c.open()).toEqual([]);
  });

  test('a definition that is deleted meanwhile stays away', () => {
    c = new Cluster(2, 1);
    const key = c.deploy('a');
    scaleUp(2);
    bring(key, 2);
    expect(c.remove(key)).toBe('DELETING');
    c.settle();
    expect(c.definitions(2)).toBe('0 of ');
    bring(key, 2);
    c.settle();
    expect(c.definitions(2)).toBe('0 of ');
    expect(c.open()).toEqual([]);
  });
});
