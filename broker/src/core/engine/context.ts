// What a processor works with: the state to read, the writer to decide with, the surroundings.
import { type Key, type LogRecord, makeKey, type ValueType } from '@millrace/protocol';
import type { VariableChangeKind } from '../bpmn/index.ts';
import type { FeelEnvironment } from '../feel/index.ts';
import type { Environment } from './environment.ts';
import type { EngineState } from './state/engine-state.ts';
import type { Writer } from './writer.ts';

export interface EngineOptions {
  readonly partitionId: number;
  /** How many partitions definitions are distributed to. */
  readonly partitionCount: number;
  /** How many partitions messages are spread over: those that the cluster began with. Undefined: as many as definitions go to. */
  readonly messagePartitionCount?: number | undefined;
  /** Commands of one chain that run in one batch, the first included. */
  readonly commandsInBatchMax: number;
  /** MD5 of a resource. */
  readonly checksum: (bytes: Uint8Array) => Uint8Array;
  /** A number in [0, 1) for expressions that ask for chance; what it leads to stands in the events. */
  readonly random: () => number;
}

/** Hands out the partition's keys. */
export class KeyGenerator {
  readonly #partitionId: number;
  /** How many keys were handed out. */
  counter = 0;

  constructor(partitionId: number) {
    this.#partitionId = partitionId;
  }

  next(): Key {
    return makeKey(this.#partitionId, ++this.counter);
  }
}

export interface VariableChange {
  readonly scopeKey: Key;
  readonly name: string;
  readonly kind: VariableChangeKind;
}

export class Context {
  readonly state: EngineState;
  readonly out: Writer;
  readonly keys: KeyGenerator;
  readonly options: EngineOptions;
  environment: Environment;
  /** The stream that the current command's jobs go to; 0 for none. */
  streamId = 0;
  /** Variables that the current command has changed; only kept where somebody waits for conditions. */
  readonly changes: VariableChange[] = [];
  /** Conditional subscriptions that the current command has triggered: each at most once. */
  readonly fired = new Set<Key>();

  constructor(
    state: EngineState,
    out: Writer,
    keys: KeyGenerator,
    options: EngineOptions,
    environment: Environment,
  ) {
    this.state = state;
    this.out = out;
    this.keys = keys;
    this.options = options;
    this.environment = environment;
  }

  /** ms since the epoch: the time of the command. */
  get now(): number {
    return this.out.turn.timestamp;
  }

  /** What expressions see from a scope. */
  feel(scopeKey: Key): FeelEnvironment {
    const variables = this.state.variables;
    return {
      variable: (name) => variables.visible(scopeKey, name),
      nowMs: this.now,
      random: this.options.random,
    };
  }
}

export type CommandRecord<T extends ValueType = ValueType> = LogRecord<T>;

/** Decides what one kind of command leads to. Changes nothing but through `context.out`. */
export type Processor<T extends ValueType> = (context: Context, command: CommandRecord<T>) => void;
