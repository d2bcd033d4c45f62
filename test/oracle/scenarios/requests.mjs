// Requests that name nothing, or something of the wrong form: which status, which text.
import { deployTask, unknownKey } from './model.mjs';

const farPartition = String(2n ** 51n * 2n + 1n);

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'keys: zero, negative, another partition, the largest': async (t) => {
    for (const key of [
      '0',
      '-1',
      farPartition,
      '9223372036854775807',
      '-9223372036854775808',
      '1',
    ]) {
      await t.complete(key);
      await t.fail(key, { retries: 1 });
      await t.throwError(key, 'E');
      await t.updateRetries(key, 1);
      await t.updateTimeout(key, 1);
      await t.setVariables(key, { a: 1 });
      await t.resolve(key);
      await t.cancel(key);
    }
  },
  'keys: unknown ones of this partition': async (t) => {
    await t.complete(unknownKey);
    await t.fail(unknownKey);
    await t.throwError(unknownKey, 'E');
    await t.updateRetries(unknownKey, 1);
    await t.updateTimeout(unknownKey, 1);
    await t.setVariables(unknownKey, { a: 1 });
    await t.resolve(unknownKey);
    await t.cancel(unknownKey);
    await t.deleteResource(unknownKey);
  },
  'empty requests': async (t) => {
    for (const method of [
      'CreateProcessInstance',
      'CancelProcessInstance',
      'CompleteJob',
      'FailJob',
      'ThrowError',
      'UpdateJobRetries',
      'UpdateJobTimeout',
      'SetVariables',
      'ResolveIncident',
      'DeployResource',
      'DeployProcess',
      'DeleteResource',
    ]) {
      await t.call(method, {});
    }
    await t.call('ActivateJobs', { requestTimeout: -1 });
    await t.call('ActivateJobs', { requestTimeout: -1, type: 'x' });
    await t.call('ActivateJobs', { requestTimeout: -1, type: 'x', maxJobsToActivate: 1 });
    await t.call('ActivateJobs', {
      requestTimeout: -1,
      type: 'x',
      maxJobsToActivate: 1,
      timeout: 1,
    });
  },
  'variables that are no object, in every call that takes some': async (t) => {
    await deployTask(t, 'documents');
    const instance = await t.create('documents');
    const [job] = await t.activate('documents-work');
    for (const variables of ['[]', '"a"', '1', 'true', '{', 'a b']) {
      await t.create('documents', { variables });
      await t.setVariables(instance, variables);
      await t.fail(job, { retries: 1, variables });
      await t.throwError(job, 'E', { variables });
      await t.complete(job, variables);
    }
  },
  'an unknown tenant in every call that takes one': async (t) => {
    await deployTask(t, 'tenants');
    await t.create('tenants', { tenantId: 'acme' });
    await t.activate('tenants-work', { tenantIds: ['acme'] });
    await t.deploy({ 'p.bpmn': '<a/>' }, 'acme');
    await t.create('tenants', { tenantId: ' ' });
  },
};
