// A partition whose message subscriptions wait for another one: what is open is told again until it is answered.
import {
  Document,
  decodeEntry,
  type LogRecord,
  messagePartition,
  NO_KEY,
} from '@millrace/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { PartitionDriver } from './testing/partition-driver.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

const drivers: PartitionDriver[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const driver of drivers.splice(0)) await driver.close();
  removeTempFolders();
});

const LOOK_MS = 30_000;
const KEY = 'k1';
const FAR = messagePartition(KEY, 2);
const NEAR = 3 - FAR;

const waiting = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="urn:test" id="d">
<process id="p" isExecutable="true"><startEvent id="start"><outgoing>a</outgoing></startEvent>
<intermediateCatchEvent id="wait"><incoming>a</incoming><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
<sequenceFlow id="a" sourceRef="start" targetRef="wait"/></process>
<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements></message></definitions>`;

async function partition(partitionId: number): Promise<PartitionDriver> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  const driver = await PartitionDriver.opened(tempFolder(), { partitionId, partitionCount: 2 });
  drivers.push(driver);
  return driver;
}

/** Commands of subscriptions that were sent since the last call. */
function sent(from: PartitionDriver): LogRecord[] {
  const records = from.notices
    .filter((notice) => notice.kind === 'send')
    .flatMap(({ bytes }) => decodeEntry(bytes))
    .filter(({ valueType }) => valueType.includes('MESSAGE'));
  from.notices.length = 0;
  return records;
}

test('what is not answered is sent again, what is answered is not', async () => {
  const p = await partition(NEAR);
  await p.deploy(['p.bpmn', waiting]);
  await p.create(`{"order":"${KEY}"}`);
  await p.until(() => p.notices.some(({ kind }) => kind === 'send'), 'it is sent');
  const first = sent(p);
  expect(first.map(({ intent }) => intent)).toEqual(['CREATE']);
  p.control({ kind: 'clock', offsetMs: LOOK_MS, pinnedMs: undefined });
  vi.advanceTimersByTime(LOOK_MS);
  expect(sent(p)).toMatchObject([{ intent: 'CREATE', value: first[0]?.value }]);

  const { processInstanceKey, elementInstanceKey } = (first[0] as LogRecord<'MESSAGE_SUBSCRIPTION'>)
    .value;
  p.sendAll([
    {
      valueType: 'PROCESS_MESSAGE_SUBSCRIPTION',
      intent: 'CREATE',
      key: NO_KEY,
      value: {
        processInstanceKey,
        elementInstanceKey,
        bpmnProcessId: '',
        messageKey: NO_KEY,
        messageName: 'paid',
        correlationKey: '',
        interrupting: true,
        variables: new Document('{}'),
        tenantId: '<default>',
        subscriptionPartitionId: FAR,
        elementId: '',
      },
    },
  ]);
  await p.activate('nothing');
  vi.advanceTimersByTime(3 * LOOK_MS);
  expect(sent(p)).toEqual([]);
});
