// PublishMessage over the wire: which partition a message reaches, what it carries, what is refused.
import { type LogRecord, type MessageValue, messagePartition, NO_KEY } from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { publishMessage } from './service/messages.ts';
import { type Failure, testGateway } from './testing/gateway-client.ts';
import { settled } from './testing/manual-timers.ts';
import { ScriptedCluster } from './testing/scripted-cluster.ts';
import { event, rejection, type ScriptedPartition } from './testing/scripted-partition.ts';
import { ServiceUnderTest, TestCall, watch } from './testing/service-under-test.ts';

const published = ({ value, requestId }: LogRecord, partition: ScriptedPartition) =>
  event('MESSAGE', 'PUBLISHED', partition.nextKey(), value as MessageValue, requestId);

describe('PublishMessage', () => {
  test('carries the message and answers its key', async () => {
    await using t = await testGateway();
    t.partition.script = published;
    const answer = await t.client.call('PublishMessage', {
      name: 'paid',
      correlationKey: 'o-1',
      timeToLive: 60_000,
      messageId: 'm-1',
      variables: '{"a":1}',
    });
    expect(t.partition.commands[0]).toMatchObject({
      valueType: 'MESSAGE',
      intent: 'PUBLISH',
      key: NO_KEY,
      value: {
        name: 'paid',
        correlationKey: 'o-1',
        timeToLive: 60_000,
        deadline: -1,
        messageId: 'm-1',
        tenantId: '<default>',
      },
    });
    const [command] = t.partition.commands as [LogRecord<'MESSAGE'>];
    expect(command.value.variables.text).toBe('{"a":1}');
    expect(BigInt(answer.key) >> 51n).toBe(1n);
    expect(answer.tenantId).toBe('<default>');
  });

  test('goes to the partition of its correlation key', async () => {
    await using t = await testGateway({}, 3);
    for (const partition of t.partitions) partition.script = published;
    const keys = ['', 'o-1', 'o-2', 'o-3', 'käse'];
    for (const correlationKey of keys)
      await t.client.call('PublishMessage', { name: 'm', correlationKey });
    for (const partition of t.partitions) {
      const got = partition.commands.map(({ value }) => (value as MessageValue).correlationKey);
      expect(got).toEqual(keys.filter((key) => messagePartition(key, 3) === partition.partitionId));
    }
  });

  test.each([
    ['an empty name', { name: '' }],
    ['variables that are null', { name: 'm', variables: 'null' }],
    ['a negative time to live', { name: 'm', timeToLive: -5 }],
  ])('takes %s', async (_, request) => {
    await using t = await testGateway();
    t.partition.script = published;
    await t.client.call('PublishMessage', request);
    expect(t.partition.commands).toHaveLength(1);
  });

  test.each<[string, object, Partial<Failure>]>([
    [
      'variables that are no object',
      { variables: '[1]' },
      {
        code: 'INVALID_ARGUMENT',
        details:
          "Property 'variables' is invalid: Expected document to be a root level object, but was 'ARRAY'",
      },
    ],
    [
      'a tenant while multi-tenancy is off',
      { tenantId: 'acme' },
      {
        code: 'INVALID_ARGUMENT',
        details:
          "Expected to handle gRPC request PublishMessage with tenant identifier 'acme', but multi-tenancy is disabled",
      },
    ],
  ])('refuses %s', async (_, request, failure) => {
    await using t = await testGateway();
    expect(await t.client.failure('PublishMessage', { name: 'm', ...request })).toMatchObject(
      failure,
    );
    expect(t.partition.commands).toEqual([]);
  });

  test('says that the id is taken', async () => {
    await using t = await testGateway();
    const why =
      "Expected to publish a new message with id 'm-1', but a message with that id was already published";
    t.partition.script = (command) => rejection(command, 'ALREADY_EXISTS', why);
    expect(await t.client.failure('PublishMessage', { name: 'm', messageId: 'm-1' })).toMatchObject(
      {
        code: 'ALREADY_EXISTS',
        details: `Command 'PUBLISH' rejected with code 'ALREADY_EXISTS': ${why}`,
      },
    );
  });

  test('stays on the partitions that the cluster began with', async () => {
    const cluster = new ScriptedCluster(1, 5);
    for (const id of cluster.startPartitions) cluster.lead(id, 0);
    const s = new ServiceUnderTest(cluster);
    Object.assign(cluster, { messagePartitionsCount: 2 });
    const correlationKeys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
    const calls = correlationKeys.map((correlationKey) => {
      const message = { name: 'm', timeToLive: 0, messageId: '', variables: '', tenantId: '' };
      const request = { ...message, correlationKey };
      return watch(publishMessage(s.gateway.service, request, 10, new TestCall()));
    });
    await settled();
    expect(new Set(calls.map(({ state }) => state))).toEqual(new Set(['ok']));
    const counts = cluster.startPartitions.map((id) => cluster.replica(0, id).commands.length);
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(30);
    expect(Math.min(counts[0] ?? 0, counts[1] ?? 0)).toBeGreaterThan(0);
  });
});
