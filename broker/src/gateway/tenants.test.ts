// Tenants of requests while multi-tenancy is on: each names its own, by an id of a certain form.
import type { Values } from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { testGateway } from './testing/gateway-client.ts';
import { event } from './testing/scripted-partition.ts';

const POLL = { type: 't', worker: 'w', timeout: 1, maxJobsToActivate: 1, requestTimeout: -1 };

const refusal = (rpc: string, ids: string, reason: string) => ({
  code: 'INVALID_ARGUMENT',
  details: `Expected to handle gRPC request ${rpc} with tenant ${ids}, but ${reason}`,
});

describe('with multi-tenancy', () => {
  test.each([
    ['', 'no tenant identifier was provided.'],
    [' \t', 'no tenant identifier was provided.'],
    ['a'.repeat(32), 'tenant identifier is longer than 31 characters'],
    ['a b', 'tenant identifier contains illegal characters'],
    [' acme', 'tenant identifier contains illegal characters'],
    ['ä', 'tenant identifier contains illegal characters'],
    ['<acme>', 'tenant identifier contains illegal characters'],
    ['acme\n', 'tenant identifier contains illegal characters'],
  ])('the tenant id %j is refused', async (tenantId, reason) => {
    await using t = await testGateway({ multiTenancy: true });
    const request = { bpmnProcessId: 'p', version: -1, tenantId };
    expect(await t.client.failure('CreateProcessInstance', request)).toMatchObject(
      refusal('CreateProcessInstance', `identifier '${tenantId}'`, reason),
    );
    expect(t.partition.commands).toEqual([]);
  });

  test.each([
    ['DeployResource', { resources: [] }],
    ['CreateProcessInstance', { bpmnProcessId: 'p', variables: '[' }],
    ['PublishMessage', { name: 'm', correlationKey: 'k' }],
    ['BroadcastSignal', { signalName: 's' }],
  ])('%s needs a tenant', async (rpc, request) => {
    await using t = await testGateway({ multiTenancy: true });
    expect(await t.client.failure(rpc, request)).toMatchObject(
      refusal(rpc, "identifier ''", 'no tenant identifier was provided.'),
    );
  });

  test.each([
    [[], "identifiers '[]'", 'no tenant identifiers were provided.'],
    [['acme', ''], "identifier ''", 'no tenant identifier was provided.'],
    [['acme', 'a b'], "identifier 'a b'", 'tenant identifier contains illegal characters'],
  ])('jobs of the tenants %j are refused', async (tenantIds, ids, reason) => {
    await using t = await testGateway({ multiTenancy: true });
    expect(await t.client.failure('ActivateJobs', { ...POLL, tenantIds })).toMatchObject(
      refusal('ActivateJobs', ids, reason),
    );
    const stream = { type: 't', timeout: 1, tenantIds };
    expect(await t.client.failure('StreamActivatedJobs', stream)).toMatchObject(
      refusal('StreamActivatedJobs', ids, reason),
    );
  });

  test.each(['<default>', 'a', 'A-z_0.9', 'a'.repeat(31)])('%s is a tenant', async (tenantId) => {
    await using t = await testGateway({ multiTenancy: true });
    t.partition.script = ({ value, requestId }, partition) =>
      event('SIGNAL', 'BROADCASTED', partition.nextKey(), value as Values['SIGNAL'], requestId);
    const answer = await t.client.call('BroadcastSignal', { signalName: 's', tenantId });
    expect(answer.tenantId).toBe(tenantId);
    expect(t.partition.commands).toMatchObject([{ value: { signalName: 's', tenantId } }]);
  });

  test('jobs are asked for in several tenants', async () => {
    await using t = await testGateway({ multiTenancy: true });
    t.partition.script = ({ value, requestId }, partition) =>
      event('JOB_BATCH', 'ACTIVATED', partition.nextKey(), value as Values['JOB_BATCH'], requestId);
    const tenantIds = ['acme', '<default>'];
    await t.client.collect('ActivateJobs', { ...POLL, tenantIds });
    expect(t.partition.commands).toMatchObject([{ valueType: 'JOB_BATCH', value: { tenantIds } }]);
  });

  test('DeployProcess, which has no tenant, deploys to the default one', async () => {
    await using t = await testGateway({ multiTenancy: true });
    t.partition.script = ({ value, requestId }, partition) =>
      event('DEPLOYMENT', 'CREATED', partition.nextKey(), value as Values['DEPLOYMENT'], requestId);
    await t.client.call('DeployProcess', { processes: [] });
    expect(t.partition.commands).toMatchObject([{ value: { tenantId: '<default>' } }]);
  });
});
