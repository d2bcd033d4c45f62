// Commands on jobs in every state, and the odd values that they may carry.
import { deploy, deployTask, end, headers, incident, job, start, unknownKey } from './model.mjs';

const plain = async (t, id, parts) => {
  await deployTask(t, id, parts);
  return t.create(id);
};
const first = async (t, type, options) => (await t.activate(type, options))[0];

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'fail: negative retries': async (t) => {
    await plain(t, 'f-negative');
    await t.fail(await first(t, 'f-negative-work'), {
      retries: -1,
      errorMessage: 'less than none',
    });
    await t.resolve(incident(t));
    await t.activate('f-negative-work');
  },
  'fail: a job that nobody activated': async (t) => {
    await plain(t, 'f-idle');
    await t.fail(t.last('JOB', 'CREATED').key, { retries: 1, errorMessage: 'not mine' });
    await t.work('f-idle-work');
  },
  'fail: twice, the second time while it waits in an incident': async (t) => {
    await plain(t, 'f-twice');
    const work = await first(t, 'f-twice-work');
    await t.fail(work, { retries: 0 });
    await t.fail(work, { retries: 1 });
    await t.complete(work);
  },
  'fail: twice with retries left': async (t) => {
    await plain(t, 'f-again');
    const work = await first(t, 'f-again-work');
    await t.fail(work, { retries: 2 });
    await t.fail(work, { retries: 1 });
    await t.complete(work);
  },
  'fail: unknown job': (t) => t.fail(unknownKey, { retries: 1 }),
  'fail: variables stay at the task, the result goes up': async (t) => {
    await plain(t, 'f-variables');
    const work = await first(t, 'f-variables-work');
    await t.fail(work, { retries: 1, variables: { attempt: 1 } });
    const again = await first(t, 'f-variables-work');
    await t.complete(again, { attempt: 2 });
  },
  'fail: with variables and no retries': async (t) => {
    await plain(t, 'f-both');
    await t.fail(await first(t, 'f-both-work'), {
      retries: 0,
      errorMessage: 'over',
      variables: { reason: 'x' },
    });
  },
  'fail: back-off without retries': async (t) => {
    await plain(t, 'f-none');
    await t.fail(await first(t, 'f-none-work'), { retries: 0, retryBackOff: 10_000 });
    await t.advance(11_000);
  },
  'fail: negative back-off': async (t) => {
    await plain(t, 'f-back');
    await t.fail(await first(t, 'f-back-work'), { retries: 1, retryBackOff: -5 });
    await t.activate('f-back-work');
  },
  'fail: in back-off it cannot be activated, but failed, completed or given an error': async (
    t,
  ) => {
    await plain(t, 'f-wait');
    const work = await first(t, 'f-wait-work');
    await t.fail(work, { retries: 2, retryBackOff: 60_000 });
    await t.activate('f-wait-work');
    await t.fail(work, { retries: 1 });
    await t.throwError(work, 'E');
    await t.complete(work);
    await t.updateRetries(work, 5);
    await t.updateTimeout(work, 1_000);
    await t.advance(61_000);
    await t.work('f-wait-work');
  },
  'fail: two jobs in back-off come back in the order of their ends': async (t) => {
    await deployTask(t, 'f-order');
    await t.create('f-order');
    await t.create('f-order');
    const [a, b] = await t.activate('f-order-work');
    await t.fail(a, { retries: 1, retryBackOff: 20_000 });
    await t.fail(b, { retries: 1, retryBackOff: 10_000 });
    await t.advance(11_000);
    await t.activate('f-order-work');
    await t.advance(10_000);
    await t.activate('f-order-work');
  },
  'fail: error message of 10,000 and of 10,001 characters': async (t) => {
    await deployTask(t, 'f-long');
    await t.create('f-long');
    await t.create('f-long');
    const [a, b] = await t.activate('f-long-work');
    await t.fail(a, { retries: 0, errorMessage: 'x'.repeat(10_000) });
    await t.fail(b, { retries: 0, errorMessage: `${'x'.repeat(10_000)}y` });
  },
  'retries: given, then the incident is resolved, then done': async (t) => {
    await plain(t, 'r-given');
    const work = await first(t, 'r-given-work');
    await t.fail(work, { retries: 0 });
    await t.updateRetries(work, 2);
    await t.activate('r-given-work');
    await t.resolve(incident(t));
    await t.fail(await first(t, 'r-given-work'), { retries: 0, errorMessage: 'again' });
    await t.resolve(incident(t));
    await t.activate('r-given-work');
  },
  'retries: an incident cannot be resolved while there are none': async (t) => {
    await plain(t, 'r-none');
    await t.fail(await first(t, 'r-none-work'), { retries: 0 });
    await t.resolve(incident(t));
    await t.activate('r-none-work');
  },
  'retries: updated to the same number, to one, of an activated and of a waiting job': async (
    t,
  ) => {
    await plain(t, 'r-same');
    await t.updateRetries(t.last('JOB', 'CREATED').key, 3);
    const work = await first(t, 'r-same-work');
    await t.updateRetries(work, 1);
    await t.complete(work);
  },
  'retries: zero and negative for a known and for an unknown job': async (t) => {
    await plain(t, 'r-zero');
    const { key } = t.last('JOB', 'CREATED');
    await t.updateRetries(key, 0);
    await t.updateRetries(key, -1);
    await t.updateRetries(unknownKey, 0);
    await t.updateRetries(unknownKey, 1);
  },
  'timeout: not activated, unknown, zero and negative': async (t) => {
    await plain(t, 't-odd');
    await t.updateTimeout(t.last('JOB', 'CREATED').key, 1_000);
    await t.updateTimeout(unknownKey, 1_000);
    const work = await first(t, 't-odd-work');
    await t.updateTimeout(work, 0);
    await t.advance(1_000);
    const again = await first(t, 't-odd-work');
    await t.updateTimeout(again, -1_000);
    await t.advance(1_000);
    await t.activate('t-odd-work');
  },
  'timeout: made shorter, runs out, the first worker still completes': async (t) => {
    await plain(t, 't-short');
    const work = await first(t, 't-short-work', { timeout: 600_000 });
    await t.updateTimeout(work, 5_000);
    await t.advance(6_000);
    await t.complete(work, { late: true });
  },
  'timeout: runs out for two jobs at once, and again after a new activation': async (t) => {
    await deployTask(t, 't-two');
    await t.create('t-two');
    await t.create('t-two');
    await t.activate('t-two-work', { timeout: 5_000 });
    await t.advance(6_000);
    await t.activate('t-two-work', { timeout: 5_000 });
    await t.advance(6_000);
  },
  'timeout: a failed job does not time out': async (t) => {
    await plain(t, 't-failed');
    await t.fail(await first(t, 't-failed-work', { timeout: 5_000 }), { retries: 0 });
    await t.advance(6_000);
  },
  'complete: a job that nobody activated': async (t) => {
    await plain(t, 'c-idle');
    await t.complete(t.last('JOB', 'CREATED').key, { done: 1 });
  },
  'complete: a failed job with retries left and without': async (t) => {
    await deployTask(t, 'c-failed');
    await t.create('c-failed');
    await t.create('c-failed');
    const [a, b] = await t.activate('c-failed-work');
    await t.fail(a, { retries: 1 });
    await t.fail(b, { retries: 0 });
    await t.complete(a);
    await t.complete(b);
  },
  'complete: twice, and unknown': async (t) => {
    await plain(t, 'c-twice');
    const work = await first(t, 'c-twice-work');
    await t.complete(work);
    await t.complete(work);
    await t.complete(unknownKey);
  },
  'complete: variables null, empty, list, text, number, broken': async (t) => {
    await deployTask(t, 'c-documents');
    for (let i = 0; i < 3; i++) await t.create('c-documents');
    const [a, b, c] = await t.activate('c-documents-work');
    await t.complete(a, 'null');
    await t.complete(b, '{}');
    for (const bad of ['[]', '"text"', '12', '{"a":', 'nonsense', 'true']) await t.complete(c, bad);
    await t.complete(c, '');
  },
  'complete: output mapping over result and instance': async (t) => {
    await deployTask(t, 'c-mapped', { io: { outputs: { total: '=price + tax' } } });
    await t.create('c-mapped', { variables: { tax: 1 } });
    await t.work('c-mapped-work', { price: 2 });
  },
  'complete: output mapping fails, is resolved after the instance has the variable': async (t) => {
    await deployTask(t, 'c-bad', { io: { outputs: { total: '=assert(price, price != null)' } } });
    const instance = await t.create('c-bad');
    await t.work('c-bad-work');
    await t.resolve(incident(t));
    await t.setVariables(instance, { price: 5 });
    await t.resolve(incident(t));
  },
  'activate: several types in one instance': async (t) => {
    await deploy(
      t,
      'a-types',
      [start(), job('x'), job('y', { type: 'x' }), job('z'), end()],
      'start -> x -> end; start -> y -> end; start -> z -> end',
    );
    await t.create('a-types');
    await t.activate('x', { max: 1 });
    await t.activate('z');
    await t.activate('x');
    await t.activate('nothing-of-this-type');
  },
  'activate: no worker name, zero and negative maximum, zero and negative timeout, no type': async (
    t,
  ) => {
    await plain(t, 'a-odd');
    await t.activate('a-odd-work', { max: 0 });
    await t.activate('a-odd-work', { max: -1 });
    await t.activate('a-odd-work', { timeout: 0 });
    await t.activate('a-odd-work', { timeout: -1 });
    await t.activate('');
    await t.activate(' ');
    await t.activate('a-odd-work', { worker: '' });
  },
  'activate: wanted variables: none known, doubled, of the task and of the instance': async (t) => {
    await deployTask(t, 'a-fetch', { io: { inputs: { own: '=a' } } });
    for (const a of [1, 2, 3, 4]) await t.create('a-fetch', { variables: { a } });
    await t.activate('a-fetch-work', { max: 1, fetchVariable: ['nothing'] });
    await t.activate('a-fetch-work', { max: 1, fetchVariable: ['own', 'own'] });
    await t.activate('a-fetch-work', { max: 1, fetchVariable: ['a'] });
    await t.activate('a-fetch-work', { max: 1, fetchVariable: [''] });
  },
  'activate: two tenants, the default one doubled, an empty one': async (t) => {
    await plain(t, 'a-tenants');
    await t.activate('a-tenants-work', { tenantIds: ['<default>', 'other'] });
    await t.activate('a-tenants-work', { tenantIds: [''] });
    await t.activate('a-tenants-work', { tenantIds: ['<default>', '<default>'] });
  },
  'activate: headers of the model': async (t) => {
    await plain(t, 'a-headers', {
      ext: headers(['one', '1'], ['two', ''], ['', 'three'], ['four', 'ä"\\\n€']),
    });
    await t.activate('a-headers-work');
  },
  'activate: a job after its instance has got more variables': async (t) => {
    const instance = await plain(t, 'a-later');
    await t.setVariables(instance, { late: { deep: [1] } });
    await t.setVariables(t.element('work'), { late: 'own' }, true);
    await t.activate('a-later-work');
  },
};
