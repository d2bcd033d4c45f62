// Follow-up commands that were over the limit of one batch: written to the log unprocessed, run in order before anything else.
import {
  catalog,
  catalogEntry,
  type Intent,
  type Key,
  type LogRecord,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import { numberPart } from '../../state/families.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { dictionaryCodec } from './dictionary-codec.ts';
import { FAMILY } from './families.ts';
import { storedWord } from './stored-word.ts';

export interface PendingCommand {
  readonly valueType: ValueType;
  readonly intent: Intent;
  readonly key: Key;
  readonly value: Values[ValueType];
  readonly operationReference: number;
}

const ALL = 0;

export class PendingState {
  readonly commands: RangeFamily<number, number, PendingCommand>;

  constructor(db: StateDb) {
    this.commands = db.range({
      number: FAMILY.pendingCommand,
      name: 'pending-command',
      prefix: numberPart,
      suffix: numberPart,
      value: dictionaryCodec<PendingCommand>(
        (out, command, names) => {
          const entry = catalog[command.valueType];
          out.u8(entry.number);
          out.u8(entry.intents[command.intent] as number);
          out.key(command.key);
          out.f64(command.operationReference);
          entry.codec.write(out, command.value, names);
        },
        (from, names) => {
          const entry = catalogEntry(from.u8());
          const intent = storedWord(entry.intentNames, from.u8(), 'intent') as Intent;
          const key = from.key();
          const operationReference = from.f64();
          const value = entry.codec.read(from, names) as Values[ValueType];
          return { valueType: entry.valueType, intent, key, value, operationReference };
        },
      ),
    });
  }

  /** The oldest pending command with its position. @throws RangeNotLoaded */
  first(): { position: number; command: PendingCommand } | undefined {
    const position = this.commands.first(ALL);
    if (position === undefined) return undefined;
    return { position, command: this.commands.get(ALL, position) as PendingCommand };
  }

  add(record: LogRecord): void {
    this.commands.insertFresh(ALL, record.position, {
      valueType: record.valueType,
      intent: record.intent,
      key: record.key,
      value: record.value,
      operationReference: record.operationReference,
    });
  }

  remove(position: number): void {
    this.commands.deleteIfPresent(ALL, position);
  }
}
