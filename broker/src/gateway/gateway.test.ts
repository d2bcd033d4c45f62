// Every RPC over the wire, with a real grpc-js client and scripted partitions: what reaches the partition, what comes
// back, and which status with which text.
import {
  documentOf,
  keyText,
  type LogRecord,
  makeKey,
  NO_KEY,
  type SignalValue,
} from '@millrace/protocol';
import { describe, expect, test, vi } from 'vitest';
import { ofBroker } from '../partition/messages.ts';
import { type Failure, testGateway } from './testing/gateway-client.ts';
import { event, rejection, type ScriptedPartition } from './testing/scripted-partition.ts';

/** The reference's words for variables that are no JSON (observed.md 4). */
const invalidJson = (text: string, line: number, column: number) =>
  `Invalid JSON value: ${text}\n at [Source: REDACTED ` +
  `(\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${line}, column: ${column}]`;

const KEY = makeKey(1, 77);
const TEXT = keyText(KEY);
const LATER = { timeout: 10_000 };

describe('commands to what runs', () => {
  test.each([
    ['CompleteJob', { jobKey: TEXT, variables: '{"a":1}' }, 'JOB', 'COMPLETE', { retries: -1 }],
    [
      'CompleteJob',
      { jobKey: TEXT, result: { denied: true, deniedReason: 'no' } },
      'JOB',
      'COMPLETE',
      { errorCode: 'TASK_LISTENER_DENIED', errorMessage: 'no', changedAttributes: [] },
    ],
    [
      'CompleteJob',
      {
        jobKey: TEXT,
        result: { corrections: { assignee: '', candidateUsers: { values: ['ada'] }, priority: 0 } },
      },
      'JOB',
      'COMPLETE',
      {
        errorCode: '',
        changedAttributes: ['assignee', 'candidateUsersList', 'priority'],
        customHeaders: '{"assignee":"","candidateUsersList":["ada"],"priority":0}',
      },
    ],
    [
      'FailJob',
      { jobKey: TEXT, retries: 2, errorMessage: 'closed', retryBackOff: 50 },
      'JOB',
      'FAIL',
      { retries: 2, errorMessage: 'closed', retryBackoff: 50, timeout: -1 },
    ],
    [
      'ThrowError',
      { jobKey: TEXT, errorCode: 'E', errorMessage: 'm' },
      'JOB',
      'THROW_ERROR',
      { errorCode: 'E', errorMessage: 'm' },
    ],
    ['UpdateJobRetries', { jobKey: TEXT, retries: 5 }, 'JOB', 'UPDATE_RETRIES', { retries: 5 }],
    ['UpdateJobTimeout', { jobKey: TEXT, timeout: 9 }, 'JOB', 'UPDATE_TIMEOUT', { timeout: 9 }],
    [
      'CancelProcessInstance',
      { processInstanceKey: TEXT },
      'PROCESS_INSTANCE',
      'CANCEL',
      { processInstanceKey: NO_KEY, version: -1 },
    ],
    ['ResolveIncident', { incidentKey: TEXT }, 'INCIDENT', 'RESOLVE', { errorType: 'UNKNOWN' }],
    ['DeleteResource', { resourceKey: TEXT }, 'RESOURCE_DELETION', 'DELETE', { resourceKey: KEY }],
    [
      'ModifyProcessInstance',
      {
        processInstanceKey: TEXT,
        activateInstructions: [
          {
            elementId: 'b',
            ancestorElementInstanceKey: TEXT,
            variableInstructions: [{ scopeId: 'b', variables: '{"a":1}' }],
          },
        ],
        terminateInstructions: [{ elementInstanceKey: '77' }],
      },
      'PROCESS_INSTANCE_MODIFICATION',
      'MODIFY',
      {
        processInstanceKey: KEY,
        activateInstructions: [
          {
            elementId: 'b',
            ancestorScopeKey: KEY,
            variableInstructions: [
              { elementId: 'b', variables: documentOf([{ name: 'a', json: '1' }]) },
            ],
            ancestorScopeKeys: [],
          },
        ],
        terminateInstructions: [{ elementInstanceKey: 77 }],
      },
    ],
    [
      'MigrateProcessInstance',
      {
        processInstanceKey: TEXT,
        migrationPlan: {
          targetProcessDefinitionKey: TEXT,
          mappingInstructions: [{ sourceElementId: 'a', targetElementId: 'b' }],
        },
      },
      'PROCESS_INSTANCE_MIGRATION',
      'MIGRATE',
      {
        processInstanceKey: KEY,
        targetProcessDefinitionKey: KEY,
        mappingInstructions: [{ sourceElementId: 'a', targetElementId: 'b' }],
      },
    ],
  ])('%s', async (rpc, request, valueType, intent, value) => {
    await using t = await testGateway();
    await t.client.call(rpc, request);
    expect(t.partition.commands).toHaveLength(1);
    expect(t.partition.commands[0]).toMatchObject({ valueType, intent, key: KEY, value });
  });

  test.each([
    [{ moveInstructions: [{ sourceElementId: 'a', targetElementId: 'b' }] }, 'Move instructions'],
    [{ terminateInstructions: [{ elementId: 'a' }] }, 'Terminate instructions by element id'],
    [
      { activateInstructions: [{ elementId: 'a', variableInstructions: [{ variables: '{' }] }] },
      'Invalid JSON value',
    ],
  ])(
    'ModifyProcessInstance with %j is refused before it reaches a partition',
    async (more, text) => {
      await using t = await testGateway();
      const failure = await t.client.failure('ModifyProcessInstance', {
        processInstanceKey: TEXT,
        ...more,
      });
      expect(failure).toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: expect.stringContaining(text),
      });
      expect(t.partition.commands).toEqual([]);
    },
  );

  test('SetVariables names the scope in its value and answers the key of the change', async () => {
    await using t = await testGateway();
    const answer = await t.client.call('SetVariables', {
      elementInstanceKey: TEXT,
      variables: '{"a":1}',
      local: true,
      operationReference: 12,
    });
    expect(t.partition.commands[0]).toMatchObject({
      key: NO_KEY,
      operationReference: 12,
      value: { scopeKey: KEY, updateSemantics: 'LOCAL' },
    });
    expect(BigInt(answer.key) >> 51n).toBe(1n);
  });

  test('BroadcastSignal goes to any partition and answers the key of the signal', async () => {
    await using t = await testGateway();
    t.partition.script = ({ value, requestId }, partition) =>
      event('SIGNAL', 'BROADCASTED', partition.nextKey(), value as SignalValue, requestId);
    const answer = await t.client.call('BroadcastSignal', {
      signalName: 'alarm',
      variables: '{"a":1}',
    });
    expect(t.partition.commands[0]).toMatchObject({
      valueType: 'SIGNAL',
      intent: 'BROADCAST',
      key: NO_KEY,
      value: { signalName: 'alarm', tenantId: '<default>' },
    });
    expect(BigInt(answer.key) >> 51n).toBe(1n);
    expect(answer.tenantId).toBe('<default>');
  });

  test('a key goes to the partition that made it', async () => {
    await using t = await testGateway({}, 3);
    await t.client.call('CompleteJob', { jobKey: keyText(makeKey(3, 1)) });
    expect(t.partitions.map((partition) => partition.commands.length)).toEqual([0, 0, 1]);
  });

  test.each([
    ['0', '0'],
    ['123', '0'],
    ['-1', '-1'],
    ['-9223372036854775808', '-4096'],
    ['9223372036854775807', '4095'],
    [keyText(makeKey(2, 1)), '2'],
  ])('key %s names partition %s, which is not there: UNAVAILABLE', async (jobKey, partition) => {
    await using t = await testGateway();
    expect(await t.client.failure('CompleteJob', { jobKey })).toMatchObject({
      code: 'UNAVAILABLE',
      details: `Expected to execute command on partition ${partition}, but either it does not exist, or the gateway is not yet aware of it`,
    });
  });

  test('a rejection shows the number that the client sent, also one that cannot exist', async () => {
    await using t = await testGateway();
    t.partition.script = (command) =>
      rejection(command, 'NOT_FOUND', `no such job as '${keyText(command.key)}'`);
    const jobKey = '4503599627370495';
    expect(await t.client.failure('CompleteJob', { jobKey })).toMatchObject({
      code: 'NOT_FOUND',
      details: `Command 'COMPLETE' rejected with code 'NOT_FOUND': no such job as '${jobKey}'`,
    });
  });

  test.each([
    ['INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
    ['NOT_FOUND', 'NOT_FOUND'],
    ['ALREADY_EXISTS', 'ALREADY_EXISTS'],
    ['INVALID_STATE', 'FAILED_PRECONDITION'],
    ['PROCESSING_ERROR', 'INTERNAL'],
    ['EXCEEDED_BATCH_RECORD_SIZE', 'UNKNOWN'],
    ['FORBIDDEN', 'PERMISSION_DENIED'],
  ] as const)('rejection %s becomes %s, with details', async (type, code) => {
    await using t = await testGateway();
    t.partition.script = (command) => rejection(command, type, 'weil 100 % nicht geht: ä\n€');
    const failure = await t.client.failure('ResolveIncident', { incidentKey: TEXT });
    expect(failure).toMatchObject({
      code,
      details: `Command 'RESOLVE' rejected with code '${type}': weil 100 % nicht geht: ä\n€`,
    });
    expect(failure.metadata.get('grpc-status-details-bin')[0]?.toString()).toContain('100 %');
  });
});

describe('variables', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      '[1]',
      "Property 'variables' is invalid: Expected document to be a root level object, but was 'ARRAY'",
    ],
    [
      '"x"',
      "Property 'variables' is invalid: Expected document to be a root level object, but was 'STRING'",
    ],
    [
      '1.5',
      "Property 'variables' is invalid: Expected document to be a root level object, but was 'FLOAT'",
    ],
    [
      '-7',
      "Property 'variables' is invalid: Expected document to be a root level object, but was 'INTEGER'",
    ],
    [
      'true',
      "Property 'variables' is invalid: Expected document to be a root level object, but was 'BOOLEAN'",
    ],
    ['{"a":', invalidJson('{"a":', 1, 6)],
    ['{"a":NaN}', invalidJson('{"a":NaN}', 1, 9)],
    ['{"a" : 01}', invalidJson('{"a" : 01}', 1, 9)],
    ["{'a':1}", invalidJson("{'a':1}", 1, 2)],
    ['{"a":1}\n x', invalidJson('{"a":1}\n x', 2, 3)],
    ['[1', invalidJson('[1', 1, 3)],
    ['nonsense', invalidJson('nonsense', 1, 9)],
  ];
  test.each(cases)('%j: INVALID_ARGUMENT', async (variables, details) => {
    await using t = await testGateway();
    for (const [rpc, request] of [
      ['CompleteJob', { jobKey: TEXT, variables }],
      ['SetVariables', { elementInstanceKey: TEXT, variables }],
      ['CreateProcessInstance', { bpmnProcessId: 'p', variables }],
    ] as const) {
      expect(await t.client.failure(rpc, request)).toMatchObject({
        code: 'INVALID_ARGUMENT',
        details,
      });
    }
    expect(t.partition.commands).toHaveLength(0);
  });

  test.each(['', '  \n', 'null', ' null '])('%j means none', async (variables) => {
    await using t = await testGateway();
    await t.client.call('CompleteJob', { jobKey: TEXT, variables });
    expect((t.partition.commands[0] as LogRecord<'JOB'>).value.variables.text).toBe('{}');
  });

  test('nesting beyond 1,000 levels is refused, 1,000 pass', async () => {
    await using t = await testGateway();
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    await t.client.call('CompleteJob', { jobKey: TEXT, variables: nested(999) });
    expect(
      await t.client.failure('CompleteJob', { jobKey: TEXT, variables: nested(1001) }),
    ).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('creation', () => {
  test('goes round the partitions that have a leader', async () => {
    await using t = await testGateway({}, 3);
    const second = t.partitions[1] as ScriptedPartition;
    second.role = 'follower';
    second.send(ofBroker({ kind: 'status', requestId: 0 }));
    await vi.waitFor(async () => {
      const { brokers } = await t.client.call('Topology', {});
      expect(brokers[0].partitions.map((each: { role: string }) => each.role)).toEqual([
        'LEADER',
        'FOLLOWER',
        'LEADER',
      ]);
    });
    for (let i = 0; i < 4; i++) {
      await t.client.call('CreateProcessInstance', { bpmnProcessId: 'p', version: -1 });
    }
    const counts = t.partitions.map((partition) => partition.commands.length);
    expect(counts[1]).toBe(0);
    expect((counts[0] ?? 0) + (counts[2] ?? 0)).toBe(4);
  });

  test('what reaches the engine, and the answer', async () => {
    await using t = await testGateway();
    const answer = await t.client.call('CreateProcessInstance', {
      bpmnProcessId: 'p',
      version: -1,
      variables: '{"n":12345678901234567890.10}',
      startInstructions: [{ elementId: 'there' }],
      operationReference: 0,
    });
    expect(t.partition.commands[0]).toMatchObject({
      valueType: 'PROCESS_INSTANCE_CREATION',
      intent: 'CREATE',
      operationReference: 0,
      value: {
        bpmnProcessId: 'p',
        version: -1,
        processDefinitionKey: 0,
        startInstructions: [{ elementId: 'there' }],
        tenantId: '<default>',
      },
    });
    const command = t.partition.commands[0] as LogRecord<'PROCESS_INSTANCE_CREATION'>;
    expect(command.value.variables.text).toBe('{"n":12345678901234567890.10}');
    expect(answer).toMatchObject({ bpmnProcessId: 'p', version: 1, tenantId: '<default>' });
  });

  test('tries the next partition when one has no room; all full: RESOURCE_EXHAUSTED', async () => {
    await using t = await testGateway({}, 2);
    for (const partition of t.partitions) {
      partition.script = ({ requestId }) => ({
        kind: 'refused',
        retry: false,
        requestId,
        code: 'RESOURCE_EXHAUSTED',
        message: `partition ${partition.partitionId} is full`,
      });
    }
    expect(await t.client.failure('CreateProcessInstance', { bpmnProcessId: 'p' })).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      details: expect.stringContaining('all failed'),
    });
    (t.partitions[1] as { script: unknown }).script = () => undefined;
    for (let i = 0; i < 2; i++)
      await t.client.call('CreateProcessInstance', { bpmnProcessId: 'p' });
  });

  test('with result: only the result ends the call', async () => {
    await using t = await testGateway();
    const answer = await t.client.call('CreateProcessInstanceWithResult', {
      request: { bpmnProcessId: 'p', version: -1, variables: '{"a":1}' },
      fetchVariables: ['a'],
    });
    expect(answer).toMatchObject({ bpmnProcessId: 'p', variables: '{"a":1}' });
    expect(t.partition.commands[0]).toMatchObject({
      intent: 'CREATE_WITH_AWAITING_RESULT',
      value: { fetchVariables: ['a'] },
    });
  });

  test('with result: the time-out runs on the broker clock', async () => {
    await using t = await testGateway();
    t.partition.script = () => 'silent';
    const failure = t.client.failure('CreateProcessInstanceWithResult', {
      request: { bpmnProcessId: 'p' },
      requestTimeout: 1500,
    });
    await vi.waitFor(() => expect(t.partition.commands).toHaveLength(1));
    t.clock.time += 1500;
    expect(await failure).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      details:
        'Time out between gateway and broker: Request command-api-1 to 127.0.0.1:26501 timed out in PT1.5S',
    });
  });

  test('with result: a rejection comes at once', async () => {
    await using t = await testGateway();
    t.partition.script = (command) => rejection(command, 'NOT_FOUND', 'none');
    expect(await t.client.failure('CreateProcessInstanceWithResult', {})).toMatchObject({
      code: 'NOT_FOUND',
      details: "Command 'CREATE_WITH_AWAITING_RESULT' rejected with code 'NOT_FOUND': none",
    });
  });
});

describe('the rest', () => {
  test('deployments go to partition 1 and keep their bytes', async () => {
    await using t = await testGateway({}, 2);
    const content = Buffer.from('<xml>ä</xml>');
    const answer = await t.client.call('DeployResource', {
      resources: [{ name: 'a.bpmn', content }],
    });
    expect(answer.deployments).toMatchObject([{ process: { resourceName: 'a.bpmn', version: 1 } }]);
    const command = t.partition.commands[0] as LogRecord<'DEPLOYMENT'>;
    expect(Buffer.from(command.value.resources[0]?.resource ?? [])).toEqual(content);
    const old = await t.client.call('DeployProcess', {
      processes: [{ name: 'b.bpmn', definition: content }],
    });
    expect(old.processes).toMatchObject([{ resourceName: 'b.bpmn' }]);
  });

  test('topology', async () => {
    await using t = await testGateway({}, 2, { host: 'broker-0' });
    await vi.waitFor(async () => {
      expect(await t.client.call('Topology', {})).toEqual({
        brokers: [
          {
            nodeId: 0,
            host: 'broker-0',
            port: 26501,
            version: '8.6.0',
            partitions: [
              { partitionId: 1, role: 'LEADER', health: 'HEALTHY' },
              { partitionId: 2, role: 'LEADER', health: 'HEALTHY' },
            ],
          },
        ],
        clusterSize: 1,
        partitionsCount: 2,
        replicationFactor: 1,
        gatewayVersion: '8.6.0',
        clusterId: '',
      });
    });
  });

  test.each([
    ['DeployResource', { tenantId: 'acme' }],
    ['CreateProcessInstance', { bpmnProcessId: 'p', tenantId: 'acme' }],
    ['ActivateJobs', { type: 't', tenantIds: ['<default>', 'acme'], requestTimeout: -1 }],
    ['StreamActivatedJobs', { type: 't', timeout: 1, tenantIds: ['acme'] }],
  ])('%s refuses a tenant while multi-tenancy is off', async (rpc, request) => {
    await using t = await testGateway();
    expect(await t.client.failure(rpc, request)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: `Expected to handle gRPC request ${rpc} with tenant identifier 'acme', but multi-tenancy is disabled`,
    });
  });

  test.each(['EvaluateDecision', 'EvaluateConditional'])(
    '%s is registered and says that it does not exist yet',
    async (rpc) => {
      await using t = await testGateway();
      expect(await t.client.failure(rpc, {})).toMatchObject({
        code: 'UNIMPLEMENTED',
        details: expect.stringContaining(rpc),
      });
    },
  );

  test('an operation reference that no record can hold is refused', async () => {
    await using t = await testGateway();
    expect(
      await t.client.failure('CancelProcessInstance', {
        processInstanceKey: TEXT,
        operationReference: '18446744073709551615',
      }),
    ).toMatchObject({ code: 'INVALID_ARGUMENT', details: expect.stringContaining('operationRef') });
  });
});

describe('limits and time', () => {
  test('a command without answer ends after the request time-out', async () => {
    await using t = await testGateway({ requestTimeoutMs: 50 });
    t.partition.script = () => 'silent';
    expect(await t.client.failure('CompleteJob', { jobKey: TEXT })).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      details: expect.stringContaining('timed out in PT0.05S'),
    });
    expect(t.gateway.partitions.pending.size).toBe(0);
  });

  test('a call that waits for a leader ends at its own deadline, and gives its place back', async () => {
    await using t = await testGateway();
    t.partition.role = 'follower';
    t.partition.send(ofBroker({ kind: 'status', requestId: 0 }));
    await vi.waitFor(() => expect(t.gateway.partitions.routes.get(1)?.isOpen).toBe(false));
    const { completingWork, startingWork } = t.gateway.partitions.limits;
    const options = () => ({ deadline: Date.now() + 3_000 });
    const calls = [
      t.client.failure('CompleteJob', { jobKey: TEXT }, options()),
      t.client.failure('CreateProcessInstance', { bpmnProcessId: 'p' }, options()),
    ];
    await vi.waitFor(
      () => expect([completingWork.count, startingWork.count]).toEqual([1, 1]),
      LATER,
    );
    for (const { code } of await Promise.all(calls)) expect(code).toBe('DEADLINE_EXCEEDED');
    await vi.waitFor(
      () => expect([completingWork.count, startingWork.count]).toEqual([0, 0]),
      LATER,
    );
    expect(t.partition.commands).toEqual([]);
  });

  test('starting work is refused at its limit and says which; completing work goes on', async () => {
    const { DEFAULT_BOUNDS } = await import('./limits.ts');
    await using t = await testGateway({
      bounds: { ...DEFAULT_BOUNDS, startingWork: { count: 2, bytes: 1000 } },
    });
    const held: LogRecord[] = [];
    t.partition.script = (command) => {
      if (command.valueType !== 'PROCESS_INSTANCE_CREATION') return undefined;
      held.push(command);
      return 'silent';
    };
    const create = () => t.client.failure('CreateProcessInstance', { bpmnProcessId: 'p' });
    const waiting = [create(), create()];
    await vi.waitFor(() => expect(held).toHaveLength(2));
    expect(await create()).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      details: expect.stringMatching(/'starting-work' of 2 requests/),
    });
    await t.client.call('CompleteJob', { jobKey: TEXT });
    for (const command of held) t.partition.answer(rejection(command, 'NOT_FOUND', 'none'));
    t.partition.flush();
    for (const failure of await Promise.all(waiting)) expect(failure.code).toBe('NOT_FOUND');
    expect(await t.metrics.text()).toMatch(
      /millrace_gateway_refused_total\{limit="starting-work"\} 1/,
    );
  });

  test('a request that alone is beyond the byte limit passes while nothing else is held', async () => {
    const { DEFAULT_BOUNDS } = await import('./limits.ts');
    await using t = await testGateway({
      bounds: { ...DEFAULT_BOUNDS, startingWork: { count: 2, bytes: 10 } },
    });
    await t.client.call('CreateProcessInstance', {
      bpmnProcessId: 'p',
      variables: JSON.stringify({ pad: 'x'.repeat(1000) }),
    });
  });

  test('a partition may refuse with any status', async () => {
    await using t = await testGateway();
    t.partition.script = ({ requestId }) => ({
      kind: 'refused',
      retry: false,
      requestId,
      code: 'UNAVAILABLE',
      message: 'the leader has changed',
    });
    expect(await t.client.failure('CompleteJob', { jobKey: TEXT })).toMatchObject({
      code: 'UNAVAILABLE',
      details: 'the leader has changed',
    });
  });

  test('closing lets the calls under way end and refuses new ones', async () => {
    const t = await testGateway();
    let held: LogRecord | undefined;
    t.partition.script = (command) => {
      held = command;
      return 'silent';
    };
    const answer = t.client.call('CompleteJob', { jobKey: TEXT });
    await vi.waitFor(() => expect(held).toBeDefined());
    const closed = t.gateway.close(5000);
    t.partition.answer(held as LogRecord);
    t.partition.flush();
    await answer;
    await closed;
    const late = (await t.client.failure(
      'Topology',
      {},
      { deadline: Date.now() + 300 },
    )) as Failure;
    expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain(late.code);
    t.client.close();
  });

  test('closing cuts what is still under way at the deadline', async () => {
    const t = await testGateway();
    t.partition.script = () => 'silent';
    const failure = t.client.failure('CompleteJob', { jobKey: TEXT });
    await vi.waitFor(() => expect(t.partition.commands).toHaveLength(1));
    await t.gateway.close(30);
    expect((await failure).code).toBe('UNAVAILABLE');
    t.client.close();
  });
});
