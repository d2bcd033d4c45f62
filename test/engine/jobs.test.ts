// Jobs: states, what a worker may do in each, time-outs and back-offs by the clock, and what goes out in one batch.
import { type JobBatchValue, keyText, type LogRecord, makeKey, NO_KEY } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { START_MS } from '../kit/engine-harness.ts';
import { and, bpmn, job, oneTask, start } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const one = (variables = '{}'): Scenario => {
  s = new Scenario();
  s.deployModel(oneTask());
  s.create('p', variables);
  return s;
};

const activateAs = (of: Partial<JobBatchValue>): LogRecord<'JOB_BATCH'> =>
  s.run('JOB_BATCH', 'ACTIVATE', NO_KEY, {
    type: 'work',
    worker: 'w',
    timeout: 1_000,
    maxJobsToActivate: 10,
    jobKeys: [],
    jobs: [],
    tenantIds: ['<default>'],
    variables: [],
    truncated: false,
    ...of,
  }) as LogRecord<'JOB_BATCH'>;

describe('activation', () => {
  test('hands out the oldest first, each to one worker', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    const jobs = Array.from({ length: 5 }, () => {
      s.create('p');
      return s.last('JOB', 'CREATED').key;
    });
    expect(s.activate('work', 2)).toEqual(jobs.slice(0, 2));
    expect(s.activate('work', 10)).toEqual(jobs.slice(2));
    expect(s.activate('work', 10)).toEqual([]);
  });

  test('gives the variables that the task sees, or those asked for', () => {
    one('{"a":1,"b":{"c":2}}');
    const { value } = activateAs({ variables: ['b', 'nothing', 'b'] });
    expect(value.jobs[0]?.variables.text).toBe('{"b":{"c":2}}');
    expect(value.jobs[0]).toMatchObject({ worker: 'w', deadline: START_MS + 1_000 });
  });

  test('a tenant named twice gets a job once', () => {
    one();
    expect(activateAs({ tenantIds: ['<default>', '<default>'] }).value.jobKeys).toHaveLength(1);
  });

  test.each<[Partial<JobBatchValue>, string]>([
    [{ timeout: 0 }, "timeout to be greater than zero, but it was '0'"],
    [{ maxJobsToActivate: 0 }, "max jobs to activate to be greater than zero, but it was '0'"],
    [{ type: '' }, 'type to be present, but it was blank'],
  ])('%o is refused', (of, why) => {
    one();
    expect(outcome(activateAs(of))).toBe(
      `INVALID_ARGUMENT: Expected to activate job batch with ${why}`,
    );
  });

  test('a lock that ends after all time ends never', () => {
    one();
    const [key] = activateAs({ timeout: Number.MAX_SAFE_INTEGER }).value.jobKeys;
    s.advance(10 * 365 * 86_400_000);
    expect(s.activate('work')).toEqual([]);
    expect(outcome(s.complete(key as never))).toBe('COMPLETED');
  });

  test('more than fits into a message is cut off, the rest comes next time', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    const document = `{"big":"${'x'.repeat(900_000)}"}`;
    for (let i = 0; i < 6; i++) s.create('p', document);
    const first = activateAs({});
    expect([first.value.jobKeys.length, first.value.truncated]).toEqual([4, true]);
    const second = activateAs({});
    expect([second.value.jobKeys.length, second.value.truncated]).toEqual([2, false]);
  });

  test('a job that fits into no message becomes an incident and stops no other', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    const huge = s.create('p');
    for (const name of ['a', 'b', 'c']) s.set(`{"${name}":"${'x'.repeat(1_500_000)}"}`, huge);
    const hugeJob = s.last('JOB', 'CREATED').key;
    s.create('p');
    const small = s.last('JOB', 'CREATED').key;
    expect(activateAs({}).value).toMatchObject({ jobKeys: [], truncated: true });
    expect(s.incident.value).toMatchObject({ errorType: 'MESSAGE_SIZE_EXCEEDED', jobKey: hugeJob });
    expect(s.incident.value.errorMessage).toContain(
      `key '${keyText(hugeJob)}' can not be activated`,
    );
    expect(activateAs({}).value.jobKeys).toEqual([small]);
    s.set('{"a":1,"b":1}', huge);
    expect(outcome(s.resolve())).toBe('RESOLVED');
    expect(activateAs({}).value.jobKeys).toEqual([hugeJob]);
  });

  test('thousands of small jobs in one answer stay within the message', () => {
    s = new Scenario({ flushEvery: 50 });
    const tasks = Array.from({ length: 90 }, (_, i) => job(`t${i}`, { type: 'work' }));
    s.deployModel(
      bpmn(
        'p',
        [start(), and('f'), ...tasks],
        `start -> f;${tasks.map(({ id }) => `f -> ${id}`).join(';')}`,
      ),
    );
    for (let i = 0; i < 30; i++) s.create('p');
    const { value } = activateAs({ maxJobsToActivate: 1_000_000 });
    expect(value.jobKeys).toHaveLength(2_700);
    expect(value.jobKeys).toEqual([...value.jobKeys].sort((a, b) => a - b));
  });
});

describe('fail', () => {
  test('with retries left it goes back to the queue at once, and variables stay on the task', () => {
    one('{"x":1}');
    const key = s.take('work');
    s.skip();
    s.run('JOB', 'FAIL', key, {
      ...s.last('JOB', 'CREATED').value,
      retries: 2,
      errorMessage: 'bad',
    });
    expect(s.activate('work')).toEqual([key]);
    expect(s.last('JOB', 'FAILED').value).toMatchObject({ retries: 2, errorMessage: 'bad' });
  });

  test('with back-off it comes back after that time and not before', () => {
    one();
    const key = s.take('work');
    s.fail(key, 2, 5_000);
    s.advance(4_999);
    expect(s.activate('work')).toEqual([]);
    s.advance(1);
    expect(s.activate('work')).toEqual([key]);
    expect(s.last('JOB', 'RECURRED_AFTER_BACKOFF').value.recurringTime).toBe(START_MS + 5_000);
  });

  test('without retries it becomes an incident; retries, then resolve, bring it back', () => {
    one();
    const key = s.take('work');
    s.fail(key, 0);
    expect(s.incident.value.errorMessage).toBe('No more retries left.');
    expect(outcome(s.resolve())).toMatch(
      /^NOT_FOUND: Expected to resolve incident .* has no retries left/,
    );
    expect(outcome(s.job('UPDATE_RETRIES', key, { retries: 1 }))).toBe('RETRIES_UPDATED');
    expect(s.activate('work')).toEqual([]);
    expect(outcome(s.resolve())).toBe('RESOLVED');
    expect(s.activate('work')).toEqual([key]);
  });

  test('new retries of a job in an incident do not bring it back by its old back-off', () => {
    one();
    const key = s.take('work');
    s.fail(key, 0, 5_000);
    s.job('UPDATE_RETRIES', key, { retries: 3 });
    s.advance(60_000);
    expect(s.activate('work')).toEqual([]);
    s.resolve();
    expect(s.activate('work')).toEqual([key]);
  });

  test('new retries of a job in its back-off leave the back-off as it is', () => {
    one();
    const key = s.take('work');
    s.fail(key, 1, 5_000);
    s.job('UPDATE_RETRIES', key, { retries: 7 });
    s.advance(4_000);
    expect(s.activate('work')).toEqual([]);
    s.advance(1_000);
    expect(s.activate('work')).toEqual([key]);
    expect(s.last('JOB_BATCH', 'ACTIVATED').value.jobs[0]?.retries).toBe(7);
  });

  test('a back-off beyond all time', () => {
    one();
    const key = s.take('work');
    expect(outcome(s.fail(key, 1, Number.MAX_SAFE_INTEGER))).toBe('FAILED');
    s.advance(86_400_000);
    expect(s.activate('work')).toEqual([]);
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
  });

  test('long messages are cut', () => {
    one();
    s.fail(s.take('work'), 1, 0, 'x'.repeat(20_000));
    expect(s.last('JOB', 'FAILED').value.errorMessage).toBe(`${'x'.repeat(10_000)}...`);
  });
});

describe('time-out', () => {
  test('the lock ends after its time; the late worker may still complete', () => {
    one();
    const key = s.take('work', 1_000);
    s.advance(1_000);
    expect(s.activate('work')).toEqual([]);
    s.advance(1);
    expect(s.last('JOB', 'TIMED_OUT').key).toBe(key);
    expect(s.activate('work', 1, 1_000)).toEqual([key]);
    s.advance(5_000);
    expect(outcome(s.complete(key))).toBe('COMPLETED');
    expect(s.isEnded).toBe(true);
  });

  test('can be moved while the job is active', () => {
    one();
    const key = s.take('work', 1_000);
    expect(outcome(s.job('UPDATE_TIMEOUT', key, { timeout: 60_000 }))).toBe('TIMEOUT_UPDATED');
    s.advance(30_000);
    expect(s.activate('work')).toEqual([]);
    s.advance(31_000);
    expect(s.activate('work')).toEqual([key]);
  });

  test('moved to the same moment it stays one deadline', () => {
    one();
    const key = s.take('work', 1_000);
    s.job('UPDATE_TIMEOUT', key, { timeout: 1_000 });
    s.job('UPDATE_TIMEOUT', key, { timeout: 1_000 });
    s.complete(key);
    s.skip();
    s.advance(60_000);
    expect(s.since()).toEqual([]);
  });

  test('of many jobs at once, the oldest first', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    for (let i = 0; i < 250; i++) s.create('p');
    const keys = s.activate('work', 250, 1_000);
    s.advance(2_000);
    const out = s.records.filter((r) => r.valueType === 'JOB' && r.intent === 'TIMED_OUT');
    expect(out.map((r) => r.key)).toEqual(keys);
  });

  test('a job that comes back undelivered loses nothing', () => {
    one();
    const key = s.take('work');
    expect(outcome(s.job('YIELD', key, {}))).toBe('YIELDED');
    const retries = s.last('JOB', 'CREATED').value.retries;
    expect(s.activate('work')).toEqual([key]);
    expect(s.last('JOB_BATCH', 'ACTIVATED').value.jobs[0]?.retries).toBe(retries);
  });
});

describe('commands that come at the wrong time', () => {
  const UNKNOWN = "NOT_FOUND: Expected to %s job with key 'KEY', but no such job was found";

  test('an unknown job', () => {
    one();
    expect(outcome(s.complete(UNKNOWN_KEY))).toBe(UNKNOWN.replace('%s', 'complete'));
    expect(outcome(s.fail(UNKNOWN_KEY, 1))).toBe(UNKNOWN.replace('%s', 'fail'));
    expect(outcome(s.job('UPDATE_RETRIES', UNKNOWN_KEY, { retries: 1 }))).toBe(
      UNKNOWN.replace('%s', 'update'),
    );
    expect(outcome(s.job('UPDATE_TIMEOUT', UNKNOWN_KEY, { timeout: 1 }))).toBe(
      UNKNOWN.replace('%s', 'update'),
    );
    expect(outcome(s.complete(makeKey(7, 1)))).toContain('NOT_FOUND');
  });

  test('a failed job', () => {
    one();
    const key = s.take('work');
    s.fail(key, 0);
    const state = "but it is in state 'FAILED'";
    expect(outcome(s.complete(key))).toBe(
      `INVALID_STATE: Expected to complete job with key 'KEY', ${state}`,
    );
    expect(outcome(s.fail(key, 1))).toBe(
      `INVALID_STATE: Expected to fail job with key 'KEY', ${state}`,
    );
    expect(outcome(s.throwError(key, 'E'))).toBe(
      `INVALID_STATE: Expected to throw an error for job with key 'KEY', ${state}`,
    );
    expect(outcome(s.job('UPDATE_TIMEOUT', key, { timeout: 5 }))).toBe(
      "INVALID_STATE: Expected to update the timeout of job with key 'KEY', but it is not active",
    );
  });

  test('retries that are none', () => {
    one();
    const key = s.take('work');
    expect(outcome(s.job('UPDATE_RETRIES', key, { retries: 0 }))).toBe(
      "INVALID_ARGUMENT: Expected to update retries for job with key 'KEY' with a positive amount of retries, but the amount given was '0'",
    );
  });

  test('a completed job', () => {
    one();
    const key = s.take('work');
    s.complete(key);
    expect(outcome(s.complete(key))).toBe(UNKNOWN.replace('%s', 'complete'));
  });

  test('a job may be completed and failed without having been activated', () => {
    one();
    const { key } = s.last('JOB', 'CREATED');
    expect(outcome(s.fail(key, 1))).toBe('FAILED');
    expect(outcome(s.complete(key))).toBe('COMPLETED');
    expect(s.isEnded).toBe(true);
  });
});
