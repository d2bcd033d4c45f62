// What made a process instance start: kept from the trigger until the process is activated (engine-semantics.md C.7).
import type { Key } from '@millrace/protocol';
import { keyPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import type { Trigger } from './element-instance.ts';
import { FAMILY } from './families.ts';
import { readDocument, writeDocument } from './value-codecs.ts';

export class StartTriggerState {
  /** process instance key -> what it starts with */
  readonly triggers: PointFamily<Key, Trigger>;

  constructor(db: StateDb) {
    this.triggers = db.point({
      number: FAMILY.startTrigger,
      name: 'start-trigger',
      key: keyPart,
      value: {
        write: (out, trigger) => {
          out.u8(1);
          out.key(trigger.key);
          out.string(trigger.targetElementId);
          writeDocument(out, trigger.variables);
        },
        read: (from) => {
          from.u8();
          return {
            key: from.key(),
            targetElementId: from.string(),
            variables: readDocument(from),
          };
        },
      },
    });
  }
}
