// What watches the clusters finds what it is there for: each broken promise, told by records or by an answer, has a name.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CallBook, outcomeOf } from './call-book.ts';
import { ClusterAudit } from './cluster-audit.ts';
import { RecordAudit } from './record-audit.ts';

const instance = '2251799813685250';
const job = '2251799813685260';

let folder: string;
let files: readonly string[];
let position: number;
let records: RecordAudit;
let book: CallBook;
let audit: ClusterAudit;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-audit-'));
  files = [path.join(folder, 'a.jsonl'), path.join(folder, 'b.jsonl')];
  position = 0;
  records = new RecordAudit(files);
  book = new CallBook();
  audit = new ClusterAudit(book, records, 1);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A record as brokers export it: keys are bare numbers. */
function line(valueType: string, intent: string, key: string, value: object, at: number): string {
  const text = JSON.stringify({ partitionId: 1, value, key, position: at, valueType, intent });
  return `${text.replace(/"(\d{16,})"/g, '$1').replace('{', '{"recordType":"EVENT",')}\n`;
}

function exported(valueType: string, intent: string, key: string, value: object = {}): string {
  const text = line(valueType, intent, key, value, ++position);
  appendFileSync(files[0] as string, text);
  return text;
}

const createInstance = (key = instance, token = 'one') =>
  exported('PROCESS_INSTANCE_CREATION', 'CREATED', key, {
    processInstanceKey: key,
    bpmnProcessId: 'p',
    variables: { token },
  });
const endInstance = (intent = 'ELEMENT_COMPLETED') =>
  exported('PROCESS_INSTANCE', intent, instance, { bpmnElementType: 'PROCESS' });
const activate = () => exported('JOB_BATCH', 'ACTIVATED', '-1', { jobKeys: [job], worker: 'w' });
const booked = (outcome: 'acknowledged' | 'refused' | 'unknown', key = instance) =>
  book.created({ token: 'one', purpose: 'job', outcome, key, text: 'why' }, 1);

describe('the records of a cluster', () => {
  test('that keep every promise are read without a word', async () => {
    createInstance();
    exported('JOB', 'CREATED', job);
    activate();
    exported('JOB', 'TIMED_OUT', job);
    activate();
    exported('JOB', 'COMPLETED', job);
    endInstance();
    booked('acknowledged');
    book.jobCompleted(job, instance);
    await audit.allEnded(1_000);
    expect(records.violations).toEqual([]);
    expect(records.lastPosition(1)).toBe(position);
  });

  test.each<[string, () => void]>([
    ['made two instances', () => [createInstance(), createInstance('2251799813685299')]],
    ['ends again', () => [createInstance(), endInstance(), endInstance('ELEMENT_TERMINATED')]],
    ['ends and was never created', () => endInstance()],
    ['and is activated', () => [exported('JOB', 'CREATED', job), activate(), activate()]],
    ['was never created', () => activate()],
    ['was COMPLETED before', () => ended(() => exported('JOB', 'COMPLETED', job))],
    ['was COMPLETED before', () => ended(() => exported('JOB', 'TIMED_OUT', job))],
    ['and is COMPLETED', () => ended(activate)],
  ])('that break one are named: %s', (what, happens) => {
    happens();
    expect(() => audit.check()).toThrow(what);
  });

  const ended = (then: () => void) => {
    exported('JOB', 'CREATED', job);
    activate();
    exported('JOB', 'COMPLETED', job);
    then();
  };

  test('may come again from another broker, in the same form only', () => {
    const first = createInstance();
    appendFileSync(files[1] as string, first);
    audit.check();
    appendFileSync(files[1] as string, line('JOB', 'CREATED', job, {}, 1));
    expect(() => audit.check()).toThrow('was exported in two forms');
  });

  test('are taken in their order, whoever wrote them, and a gap is named', () => {
    const second = line('JOB', 'CREATED', job, {}, 2);
    appendFileSync(files[0] as string, second);
    audit.check();
    expect(records.gaps()).toHaveLength(1);
    appendFileSync(files[1] as string, line('JOB', 'CREATED', '2251799813685261', {}, 1));
    audit.check();
    expect([records.gaps(), records.jobs.size]).toEqual([[], 2]);
  });

  test('an unfinished line waits for its end', () => {
    const text = line('JOB', 'CREATED', job, {}, 1);
    appendFileSync(files[0] as string, text.slice(0, 40));
    audit.check();
    expect(records.records).toBe(0);
    appendFileSync(files[0] as string, text.slice(40));
    audit.check();
    expect(records.records).toBe(1);
  });
});

describe('what clients were told', () => {
  test('a creation that was acknowledged is missed until it has ended', async () => {
    booked('acknowledged');
    await expect(audit.allEnded(1)).rejects.toThrow('was never created');
    createInstance();
    await expect(audit.allEnded(1)).rejects.toThrow('has not ended');
    endInstance();
    await audit.allEnded(1);
  });

  test('a completion that was acknowledged is missed', async () => {
    exported('JOB', 'CREATED', job);
    book.jobCompleted(job, instance);
    await expect(audit.allEnded(1)).rejects.toThrow('and it is activatable');
  });

  test('a creation that was refused must not exist; one of unknown outcome may', () => {
    createInstance();
    booked('unknown', '');
    audit.check();
    booked('refused', '');
    expect(() => audit.check()).toThrow('was refused');
  });

  test('a creation must be answered with its own instance', () => {
    createInstance();
    booked('acknowledged', '2251799813685299');
    expect(() => audit.check()).toThrow('was answered with 2251799813685299');
  });

  test('one completion is acknowledged once', () => {
    book.jobCompleted(job, instance);
    book.jobCompleted(job, instance);
    expect(() => audit.check()).toThrow('acknowledged twice');
  });

  test.each([
    [{ code: 0, text: '' }, 'acknowledged'],
    [{ code: 14, text: 'no leader; the request was not sent' }, 'refused'],
    [{ code: 14, text: 'the leader was lost; the outcome is unknown' }, 'unknown'],
    [{ code: -1, text: 'connect ECONNREFUSED' }, 'unknown'],
    [{ code: 1, text: 'cancelled' }, 'unknown'],
  ])('%o is %s', (answer, outcome) => {
    expect(outcomeOf({ ...answer, httpStatus: 200, messages: [] })).toBe(outcome);
  });
});
