// Commands that wait for a turn, in three classes (design.md 2): what the broker owes (1), what ends work (2), what starts
// work (3). Bounded by number and bytes for each class; a refusal names the limit. Class 1 is bounded by those who fill it.
import type { Intent, ValueType } from '@millrace/protocol';
import type { InboundCommand } from '../core/engine/inbound-command.ts';

export type CommandClass = 1 | 2 | 3;

/** Commands that end work or unblock it: they are served before those that start it. */
const ENDING: Partial<Record<ValueType, readonly string[]>> = {
  JOB: ['COMPLETE', 'FAIL', 'THROW_ERROR', 'UPDATE_RETRIES', 'UPDATE_TIMEOUT', 'YIELD'],
  PROCESS_INSTANCE: ['CANCEL'],
  INCIDENT: ['RESOLVE'],
  VARIABLE_DOCUMENT: ['UPDATE'],
};

export function classOf(valueType: ValueType, intent: Intent): CommandClass {
  return ENDING[valueType]?.includes(intent) ? 2 : 3;
}

/** Work for a turn: a command, or the wish of a stream for jobs, which becomes a command when its turn comes. */
export type QueueItem =
  | { readonly kind: 'command'; readonly command: InboundCommand; readonly bytes: number }
  | { readonly kind: 'serve-stream'; readonly streamId: number };

export interface QueueLimits {
  /** Commands that may wait in one class. */
  readonly commandsMax: number;
  /** Bytes of commands that may wait in one class. */
  readonly bytesMax: number;
}

/** A first-in first-out list that gives its memory back. */
class Fifo {
  #items: QueueItem[] = [];
  #head = 0;
  bytes = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: QueueItem): void {
    this.#items.push(item);
    if (item.kind === 'command') this.bytes += item.bytes;
  }

  shift(): QueueItem | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    if (item.kind === 'command') this.bytes -= item.bytes;
    return item;
  }
}

export class CommandQueue {
  readonly #classes: Record<CommandClass, Fifo> = { 1: new Fifo(), 2: new Fifo(), 3: new Fifo() };
  readonly #limits: QueueLimits;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#classes[1].length + this.#classes[2].length + this.#classes[3].length;
  }

  lengthOf(commandClass: CommandClass): number {
    return this.#classes[commandClass].length;
  }

  bytesOf(commandClass: CommandClass): number {
    return this.#classes[commandClass].bytes;
  }

  /** Whether the class is below its limits. */
  hasRoom(commandClass: CommandClass): boolean {
    const fifo = this.#classes[commandClass];
    const { commandsMax, bytesMax } = this.#limits;
    return fifo.length === 0 || (fifo.length < commandsMax && fifo.bytes < bytesMax);
  }

  /**
   * Adds to the class; the text of the refusal when it is full. An empty class takes anything, and the wishes of streams,
   * one of each, are always taken.
   */
  offer(commandClass: CommandClass, item: QueueItem): string | undefined {
    const fifo = this.#classes[commandClass];
    if (commandClass !== 1 && item.kind === 'command' && fifo.length > 0) {
      const { commandsMax, bytesMax } = this.#limits;
      if (fifo.length >= commandsMax)
        return `its queue of class ${commandClass} holds the limit of ${commandsMax} commands`;
      if (fifo.bytes >= bytesMax)
        return `its queue of class ${commandClass} holds the limit of ${bytesMax} bytes`;
    }
    fifo.push(item);
    return undefined;
  }

  /**
   * The next item. Lower classes first, but classes 2 and 3 get every tenth place each while they wait.
   * @param place how many commands were taken before
   */
  take(place: number): QueueItem | undefined {
    const { 1: owed, 2: ending, 3: starting } = this.#classes;
    if (place % 10 === 9 && starting.length > 0) return starting.shift();
    if (place % 10 === 8 && ending.length > 0) return ending.shift();
    return owed.shift() ?? ending.shift() ?? starting.shift();
  }

  /** Whether this place belongs to a command of class 2 or 3 that waits, whatever is owed. */
  isTurnOfOthers(place: number): boolean {
    const rest = place % 10;
    if (rest < 8) return false;
    return (rest === 8 ? this.#classes[2] : this.#classes[3]).length > 0;
  }
}
