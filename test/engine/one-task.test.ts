// The smallest process that waits: what one instance writes, from its creation to its end.
import { afterEach, expect, test } from 'vitest';
import { EngineHarness } from '../kit/engine-harness.ts';
import { endEvent, process, serviceTask, startEvent } from '../kit/process-builder.ts';

const one = process('one', {
  nodes: [startEvent(), serviceTask('work'), endEvent()],
  flows: [
    ['start', 'work'],
    ['work', 'end'],
  ],
});

let h: EngineHarness;
afterEach(() => h.verify());

test('an instance runs from start to end', () => {
  h = new EngineHarness();
  h.deploy(['one.bpmn', one]);
  h.create('one', '{"orderId":"a-1","amount":12.50}');
  h.work('work', '{"done":true}');
  expect(h.story).toMatchInlineSnapshot(`
    [
      "PROCESS.CREATED 2251799813685250",
      "DEPLOYMENT.CREATED 2251799813685249",
      "VARIABLE.CREATED amount",
      "VARIABLE.CREATED orderId",
      "PROCESS_INSTANCE_CREATION.CREATED 2251799813685254",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATING one",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATED one",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATING start",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATED start",
      "PROCESS_INSTANCE.ELEMENT_COMPLETING start",
      "PROCESS_INSTANCE.ELEMENT_COMPLETED start",
      "PROCESS_INSTANCE.SEQUENCE_FLOW_TAKEN start_work",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATING work",
      "JOB.CREATED work",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATED work",
      "JOB_BATCH.ACTIVATED 2251799813685259",
      "JOB.COMPLETED work",
      "PROCESS_EVENT.TRIGGERING work",
      "PROCESS_INSTANCE.ELEMENT_COMPLETING work",
      "PROCESS_EVENT.TRIGGERED work",
      "VARIABLE.CREATED done",
      "PROCESS_INSTANCE.ELEMENT_COMPLETED work",
      "PROCESS_INSTANCE.SEQUENCE_FLOW_TAKEN work_end",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATING end",
      "PROCESS_INSTANCE.ELEMENT_ACTIVATED end",
      "PROCESS_INSTANCE.ELEMENT_COMPLETING end",
      "PROCESS_INSTANCE.ELEMENT_COMPLETED end",
      "PROCESS_INSTANCE.ELEMENT_COMPLETING one",
      "PROCESS_INSTANCE.ELEMENT_COMPLETED one",
    ]
  `);
});
