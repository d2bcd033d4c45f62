// Incidents, and where they are: at most one for an element instance and one for a job.
import { INCIDENT_ERROR_TYPES, type IncidentValue, type Key, NO_KEY } from '@millrace/protocol';
import { keyPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { storedWord } from './stored-word.ts';
import { keyValue } from './value-codecs.ts';

export class IncidentState {
  readonly incidents: PointFamily<Key, IncidentValue>;
  readonly #ofElement: PointFamily<Key, Key>;
  readonly #ofJob: PointFamily<Key, Key>;

  constructor(db: StateDb) {
    this.incidents = db.point({
      number: FAMILY.incident,
      name: 'incident',
      key: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.u8(INCIDENT_ERROR_TYPES.indexOf(value.errorType));
          out.string(value.errorMessage);
          out.string(value.bpmnProcessId);
          out.key(value.processDefinitionKey);
          out.key(value.processInstanceKey);
          out.string(value.elementId);
          out.key(value.elementInstanceKey);
          out.key(value.jobKey);
          out.key(value.variableScopeKey);
          out.varint(value.elementInstancePath.length);
          for (const path of value.elementInstancePath) {
            out.varint(path.length);
            for (const key of path) out.key(key);
          }
          out.varint(value.processDefinitionPath.length);
          for (const key of value.processDefinitionPath) out.key(key);
          out.varint(value.callingElementPath.length);
          for (const place of value.callingElementPath) out.int(place);
          out.string(value.tenantId);
        },
        read: (from) => {
          from.u8();
          const many = <T>(read: () => T): T[] => {
            const items: T[] = [];
            for (let n = from.varint(); n > 0; n--) items.push(read());
            return items;
          };
          return {
            errorType: storedWord(INCIDENT_ERROR_TYPES, from.u8(), 'error type'),
            errorMessage: from.string(),
            bpmnProcessId: from.string(),
            processDefinitionKey: from.key(),
            processInstanceKey: from.key(),
            elementId: from.string(),
            elementInstanceKey: from.key(),
            jobKey: from.key(),
            variableScopeKey: from.key(),
            elementInstancePath: many(() => many(() => from.key())),
            processDefinitionPath: many(() => from.key()),
            callingElementPath: many(() => from.int()),
            tenantId: from.string(),
          };
        },
      },
    });
    this.#ofElement = db.point({
      number: FAMILY.incidentOfElement,
      name: 'incident-of-element',
      key: keyPart,
      value: keyValue,
    });
    this.#ofJob = db.point({
      number: FAMILY.incidentOfJob,
      name: 'incident-of-job',
      key: keyPart,
      value: keyValue,
    });
  }

  get(key: Key): IncidentValue | undefined {
    return this.incidents.get(key);
  }

  ofElement(elementInstanceKey: Key): Key | undefined {
    return this.#ofElement.get(elementInstanceKey);
  }

  ofJob(jobKey: Key): Key | undefined {
    return this.#ofJob.get(jobKey);
  }

  // Changes, for appliers only.

  create(key: Key, value: IncidentValue): void {
    this.incidents.insertFresh(key, value);
    if (value.jobKey !== NO_KEY) this.#ofJob.upsert(value.jobKey, key);
    else this.#ofElement.upsert(value.elementInstanceKey, key);
  }

  /** The same incident under other ids. */
  change(key: Key, value: IncidentValue): void {
    this.incidents.update(key, value);
  }

  remove(key: Key): void {
    const value = this.incidents.get(key);
    if (value === undefined) return;
    this.incidents.delete(key);
    if (value.jobKey !== NO_KEY) this.#ofJob.deleteIfPresent(value.jobKey);
    else this.#ofElement.deleteIfPresent(value.elementInstanceKey);
  }
}
