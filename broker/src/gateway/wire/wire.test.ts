// The tables and writers of this folder against protobufjs with the contract itself.
import { Document, documentOf, EMPTY_JOB, type JobValue, makeKey } from '@millrace/protocol';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { CONTRACT } from '../testing/gateway-client.ts';
import {
  createdAnswer,
  deployResourceAnswer,
  jobAnswer,
  jobBatchAnswer,
  resultAnswer,
  topologyAnswer,
} from './answers.ts';
import type { Field } from './fields.ts';
import { FRAME_HEAD_BYTES } from './proto-writer.ts';
import {
  createProcessInstanceRequest,
  deployResourceRequest,
  failJobRequest,
  requestCodecs,
} from './requests.ts';

const root = new protobuf.Root();
root.loadSync(CONTRACT, { keepCase: true });
root.resolveAll();
const type = (name: string): protobuf.Type => root.lookupType(`gateway_protocol.${name}`);
const LONGS = { longs: String, enums: String, defaults: true };

function read(name: string, frame: Uint8Array): Record<string, unknown> {
  expect(Buffer.from(frame).readUInt32BE(1)).toBe(frame.length - FRAME_HEAD_BYTES);
  return type(name).toObject(type(name).decode(frame.subarray(FRAME_HEAD_BYTES)), LONGS);
}

describe('requests', () => {
  test.each(requestCodecs.map((codec) => [codec.name, codec] as const))(
    '%s has the names, numbers and wire types of the contract',
    (name, codec) => {
      const contract = type(name);
      for (const [field, table] of Object.entries(codec.fields) as [string, Field<unknown>][]) {
        const expected = contract.fields[field];
        expect(expected?.id, field).toBe(table.number);
        const basic: Readonly<Record<string, number>> = protobuf.types.basic;
        const wireType = basic[expected?.type ?? ''] ?? 2;
        expect(table.wireType, field).toBe(wireType);
        expect(Array.isArray(table.unset), field).toBe(expected?.repeated);
      }
    },
  );

  test('a request with every field reads back as it was written', () => {
    const message = {
      processDefinitionKey: '9007199254740993',
      bpmnProcessId: 'Prozeß',
      version: -1,
      variables: '{"a":"ä€😀"}',
      startInstructions: [{ elementId: 'one' }, { elementId: '' }],
      tenantId: '<default>',
      operationReference: 7,
      tags: ['not', 'read'],
    };
    const bytes = type('CreateProcessInstanceRequest')
      .encode(type('CreateProcessInstanceRequest').fromObject(message))
      .finish();
    expect(createProcessInstanceRequest.decode(bytes)).toEqual({
      processDefinitionKey: { high: 0x200000, low: 1 },
      bpmnProcessId: 'Prozeß',
      version: -1,
      variables: '{"a":"ä€😀"}',
      startInstructions: [{ elementId: 'one' }, { elementId: '' }],
      tenantId: '<default>',
      operationReference: 7,
    });
  });

  test('unset fields have their defaults, and absent differs from zero', () => {
    expect(createProcessInstanceRequest.decode(new Uint8Array(0)).operationReference).toBe(
      undefined,
    );
    expect(createProcessInstanceRequest.decode(Uint8Array.of(56, 0)).operationReference).toBe(0);
  });

  test('any request of numbers and texts reads as protobufjs wrote it', () => {
    const FailJob = type('FailJobRequest');
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
        fc.string({ unit: 'grapheme' }),
        (key, retries, retryBackOff, errorMessage) => {
          const bytes = FailJob.encode(
            FailJob.fromObject({ jobKey: key.toString(), retries, retryBackOff, errorMessage }),
          ).finish();
          const read = failJobRequest.decode(bytes);
          const unsigned = BigInt.asUintN(64, key);
          expect(read.jobKey).toEqual({
            high: Number(unsigned >> 32n),
            low: Number(unsigned & 0xffffffffn),
          });
          expect(read).toMatchObject({ retries, retryBackOff, errorMessage });
        },
      ),
    );
  });

  test('bytes are a copy of the message', () => {
    const Deploy = type('DeployResourceRequest');
    const content = Buffer.from([0, 255, 128]);
    const bytes = Deploy.encode({ resources: [{ name: 'a.bpmn', content }] }).finish();
    const read = deployResourceRequest.decode(bytes);
    bytes.fill(1);
    expect([...(read.resources[0]?.content ?? [])]).toEqual([0, 255, 128]);
  });

  test.each([
    ['a text that is no UTF-8', [0x12, 1, 0xff], "Field 'bpmnProcessId' of Create"],
    ['a cut text', [0x12, 9, 65], "Field 'bpmnProcessId' of Create"],
    ['a cut number', [0x08, 0x80], "Field 'processDefinitionKey' of Create"],
    ['an endless number', [0x08, ...Array(12).fill(0x80)], 'longer than ten bytes'],
    ['a wrong wire type', [0x10, 1], "Field 'bpmnProcessId' of Create"],
    ['a group', [0xfb, 1], 'wire type 3'],
    ['field number 0', [0x00], 'number 0'],
    ['a cut unknown field', [0xf9, 1, 1], 'cut off'],
  ])('%s is refused by name', (_, bytes, message) => {
    expect(() => createProcessInstanceRequest.decode(Uint8Array.from(bytes))).toThrow(message);
  });

  test('a replacement character that the client sent is a character like others', () => {
    const bytes = Buffer.concat([Buffer.from([0x12, 3]), Buffer.from('\ufffd')]);
    expect(createProcessInstanceRequest.decode(bytes).bpmnProcessId).toBe('\ufffd');
  });
});

describe('answers', () => {
  const created = {
    processDefinitionKey: makeKey(1, 7),
    bpmnProcessId: 'order',
    version: 3,
    processInstanceKey: makeKey(255, 2 ** 44),
    tenantId: '<default>',
  };

  test('creation and result', () => {
    expect(read('CreateProcessInstanceResponse', createdAnswer(created))).toMatchObject({
      processDefinitionKey: '2251799813685255',
      bpmnProcessId: 'order',
      version: 3,
      processInstanceKey: (255n * 2n ** 51n + 2n ** 44n).toString(),
      tenantId: '<default>',
    });
    const text = JSON.stringify({ long: 'x'.repeat(70_000), ä: '😀' });
    expect(
      read('CreateProcessInstanceWithResultResponse', resultAnswer(created, text)),
    ).toMatchObject({ variables: text, tenantId: '<default>' });
  });

  const job = {
    ...EMPTY_JOB,
    type: 'pay',
    retries: -2,
    deadline: 1_795_266_183_439,
    variables: documentOf([{ name: 'a', json: '12.50' }]),
    customHeaders: '{"k":"v"}',
    processInstanceKey: makeKey(4, 1),
  };

  test('a job', () => {
    expect(read('ActivatedJob', jobAnswer(makeKey(4, 2), job))).toMatchObject({
      key: '9007199254740994',
      type: 'pay',
      retries: -2,
      deadline: '1795266183439',
      variables: '{"a":12.50}',
      customHeaders: '{"k":"v"}',
      processInstanceKey: '9007199254740993',
      processDefinitionKey: '-1',
      kind: 'BPMN_ELEMENT',
      listenerEventType: 'UNSPECIFIED',
      tags: [],
    });
  });

  test('the job of a task listener shows its user task', () => {
    const listener: JobValue = {
      ...job,
      jobKind: 'TASK_LISTENER',
      jobListenerEventType: 'UPDATING',
      customHeaders: JSON.stringify({
        k: 'v',
        'io.camunda.zeebe:action': 'update',
        'io.camunda.zeebe:candidateUsers': '["ada","bob"]',
        'io.camunda.zeebe:changedAttributes': '["priority"]',
        'io.camunda.zeebe:priority': '0',
        'io.camunda.zeebe:userTaskKey': '2251799813685256',
      }),
    };
    expect(read('ActivatedJob', jobAnswer(makeKey(4, 2), listener))).toMatchObject({
      kind: 'TASK_LISTENER',
      listenerEventType: 'UPDATING',
      userTask: {
        action: 'update',
        candidateUsers: ['ada', 'bob'],
        candidateGroups: [],
        changedAttributes: ['priority'],
        priority: 0,
        userTaskKey: '2251799813685256',
      },
    });
  });

  test('jobs of every size, in messages within the bound', () => {
    const sizes = [0, 1, 90, 130, 16_000, 17_000, 100_000];
    const jobs = sizes.map((size) => ({
      ...job,
      variables: new Document(JSON.stringify({ pad: 'x'.repeat(size) })),
    }));
    const keys = sizes.map((_, i) => makeKey(1, i + 1));
    const seen: unknown[] = [];
    let messages = 0;
    for (let at = 0; at < jobs.length; ) {
      const { frame, next } = jobBatchAnswer(keys, jobs, at, 40_000);
      if (frame === undefined) {
        at++;
        continue;
      }
      messages++;
      expect(frame.length).toBeLessThanOrEqual(40_000);
      const { jobs: some } = read('ActivateJobsResponse', frame) as {
        jobs: { variables: string }[];
      };
      seen.push(...some.map(({ variables }) => JSON.parse(variables).pad.length));
      at = next;
    }
    expect(seen).toEqual(sizes.slice(0, -1));
    expect(messages).toBe(1);
  });

  test('a deployment and the topology', () => {
    const process = {
      bpmnProcessId: 'p',
      version: 1,
      processDefinitionKey: makeKey(1, 1),
      resourceName: 'p.bpmn',
      checksum: new Uint8Array(16),
      duplicate: false,
      deploymentKey: makeKey(1, 2),
      versionTag: '',
      tenantId: '<default>',
    };
    const deployment = {
      resources: [],
      processesMetadata: [process, process],
      decisionsMetadata: [],
      decisionRequirementsMetadata: [],
      formMetadata: [],
      deploymentKey: makeKey(1, 2),
      tenantId: '<default>',
    };
    const shown = read('DeployResourceResponse', deployResourceAnswer(makeKey(1, 2), deployment));
    expect(shown).toMatchObject({ key: '2251799813685250', tenantId: '<default>' });
    expect((shown.deployments as { process: unknown }[]).map((each) => each.process)).toMatchObject(
      [{ bpmnProcessId: 'p', resourceName: 'p.bpmn' }, { version: 1 }],
    );
    const topology = read(
      'TopologyResponse',
      topologyAnswer({
        brokers: [
          {
            nodeId: 0,
            host: 'h',
            port: 26501,
            version: '8.6.0',
            partitions: [{ partitionId: 1, role: 'follower', health: 'dead' }],
          },
        ],
        clusterSize: 1,
        partitionsCount: 1,
        replicationFactor: 1,
        gatewayVersion: '8.6.0',
      }),
    );
    expect(topology).toMatchObject({
      brokers: [{ host: 'h', partitions: [{ partitionId: 1, role: 'FOLLOWER', health: 'DEAD' }] }],
      gatewayVersion: '8.6.0',
    });
  });
});
