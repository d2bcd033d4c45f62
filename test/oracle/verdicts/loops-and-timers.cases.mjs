// Models that are deployed one by one; what the reference says to them is in verdicts.golden.json.
import { end, ext, bpmn as process, start, task } from '../scenarios/text-model.mjs';

const loop = (els, flows) => process('p', start() + els + end(), flows);
const MSG = `<message id="m" name="m">${ext('<zeebe:subscription correlationKey="=k"/>')}</message>`;
const L = (a) => ext(`<zeebe:loopCharacteristics ${a}/>`);
const c = {};
c.recv = process(
  'recv',
  `${start()}<receiveTask id="t" messageRef="m"/>${end()}`,
  'start -> t -> end',
  MSG,
);
c['loop call other'] = loop(
  `<callActivity id="ca">${ext('<zeebe:calledElement processId="q"/>')}</callActivity>`,
  'start -> ca -> end',
)
  .replace('<definitions', '<definitions')
  .replace(
    '</process>',
    `</process><process id="q" isExecutable="true"><startEvent id="qs"><outgoing>f1</outgoing></startEvent><callActivity id="qa">${ext('<zeebe:calledElement processId="p"/>')}<incoming>f1</incoming></callActivity><sequenceFlow id="f1" sourceRef="qs" targetRef="qa"/></process>`,
  );
c['loop call feel itself'] = loop(
  `<callActivity id="ca">${ext('<zeebe:calledElement processId="=p"/>')}</callActivity>`,
  'start -> ca -> end',
);
c['loop call behind gateway'] = loop(
  `<exclusiveGateway id="g"/><callActivity id="ca">${ext('<zeebe:calledElement processId="p"/>')}</callActivity>`,
  'start -> g; g -[=x]-> ca -> end; g -[default]-> end',
);
c['loop call behind task'] = loop(
  `${task('w')}<callActivity id="ca">${ext('<zeebe:calledElement processId="p"/>')}</callActivity>`,
  'start -> w -> ca -> end',
);
c['loop call with tag'] = loop(
  `<callActivity id="ca">${ext('<zeebe:calledElement processId="p" bindingType="versionTag" versionTag="v"/>')}</callActivity>`,
  'start -> ca -> end',
);
c['loop call loop'] = loop(
  `<callActivity id="ca">${ext('<zeebe:calledElement processId="other"/>')}</callActivity><exclusiveGateway id="g"/>`,
  'start -> ca -> g; g -[=x]-> ca; g -[default]-> end',
);
c['loop gateways only'] = loop(
  `<exclusiveGateway id="a"/><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop throw signal'] = loop(
  `<intermediateThrowEvent id="a"><incoming>start_a</incoming><outgoing>a_g</outgoing><signalEventDefinition id="sd" signalRef="s"/></intermediateThrowEvent><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
).replace('</definitions>', '<signal id="s" name="s"/></definitions>');
c['loop throw escalation'] = loop(
  `<intermediateThrowEvent id="a"><incoming>start_a</incoming><outgoing>a_g</outgoing><escalationEventDefinition id="sd" escalationRef="s"/></intermediateThrowEvent><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
).replace('</definitions>', '<escalation id="s" escalationCode="s"/></definitions>');
c['loop throw message'] = loop(
  `<intermediateThrowEvent id="a">${ext('<zeebe:taskDefinition type="x"/>')}<incoming>start_a</incoming><outgoing>a_g</outgoing><messageEventDefinition id="sd" messageRef="m"/></intermediateThrowEvent><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
).replace('</definitions>', `${MSG}</definitions>`);
c['loop throw compensation'] = loop(
  `<intermediateThrowEvent id="a"><incoming>start_a</incoming><outgoing>a_g</outgoing><compensateEventDefinition id="sd"/></intermediateThrowEvent><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop manual and throw signal'] = loop(
  `<manualTask id="m"/><intermediateThrowEvent id="a"><incoming>m_a</incoming><outgoing>a_g</outgoing><signalEventDefinition id="sd" signalRef="s"/></intermediateThrowEvent><exclusiveGateway id="g"/>`,
  'start -> m -> a -> g; g -[=x]-> m; g -[default]-> end',
).replace('</definitions>', '<signal id="s" name="s"/></definitions>');
c['loop mi call'] = loop(
  `<callActivity id="a">${ext('<zeebe:calledElement processId="p"/>')}<incoming>start_a</incoming><outgoing>a_end</outgoing><multiInstanceLoopCharacteristics id="ml">${L('inputCollection="=a"')}</multiInstanceLoopCharacteristics></callActivity>`,
  'start -> a -> end',
);
c['comp ref esp'] = process(
  'p',
  start() +
    end() +
    `<subProcess id="u" triggeredByEvent="true"><startEvent id="i"><messageEventDefinition id="md" messageRef="m"/></startEvent></subProcess><intermediateThrowEvent id="thr"><compensateEventDefinition id="cd" activityRef="u"/></intermediateThrowEvent>`,
  'start -> thr -> end',
  MSG,
);
c['comp handler sub'] = process(
  'p',
  start() +
    task('t') +
    `<boundaryEvent id="b" attachedToRef="t"><compensateEventDefinition id="cd"/></boundaryEvent><subProcess id="h" isForCompensation="true"><startEvent id="i"/></subProcess>` +
    end(),
  'start -> t -> end',
  MSG,
).replace('</process>', '<association id="as" sourceRef="b" targetRef="h"/></process>');
c['esp compensation in sub'] = process(
  'p',
  start() +
    `<subProcess id="t"><startEvent id="i"/><subProcess id="u" triggeredByEvent="true"><startEvent id="i2"><compensateEventDefinition id="md"/></startEvent></subProcess></subProcess>` +
    end(),
  'start -> t -> end',
  MSG,
);
c['boundary timer on manual'] = process(
  'p',
  start() +
    `<manualTask id="t"/><boundaryEvent id="b" attachedToRef="t"><timerEventDefinition id="md"><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>` +
    end(),
  'start -> t -> end; b -> end',
  MSG,
);
for (const v of [
  'P1Y2M3DT4H5M',
  'P1WT1H',
  'P1W2D',
  'PT',
  'P1YT',
  'P-1D',
  '-P1D',
  'PT-5S',
  'P1.5D',
  'PT1.5H',
  'pt5s',
  'P2Y',
  'PT1H30',
  '+PT5S',
  'P1DT',
  'PT0S',
  ' PT5S',
  'P1M',
  'PT36H',
  'PT1.123456789S',
  'PT1.1234567890S',
  'P99999999999D',
  'P1D1Y',
])
  c[`duration ${v}`] = loop(
    `<intermediateCatchEvent id="t"><incoming>start_t</incoming><outgoing>t_end</outgoing><timerEventDefinition id="td"><timeDuration>${v}</timeDuration></timerEventDefinition></intermediateCatchEvent>`,
    'start -> t -> end',
  );
for (const v of [
  '2026-01-01T00:00:00.123Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00Z',
  '2026-01-01T00:00+02',
  '2026-01-01T00:00+0200',
  '2026-01-01T00:00[Europe/Berlin]',
  '2026-01-01T00:00Z[Europe/Berlin]',
  '2026-01-01T00:00:00+02:00:30',
  '2026-01-01t00:00:00z',
  '+12026-01-01T00:00Z',
  '12026-01-01T00:00Z',
  '-0001-01-01T00:00Z',
  '2026-01-01T00:00:00@Europe/Berlin',
  '2026-01-01T00:00:00+19:00',
  '2026-01-01T00:00Z[Nowhere/Land]',
  '2026-1-1T00:00Z',
])
  c[`date ${v}`] = loop(
    `<intermediateCatchEvent id="t"><incoming>start_t</incoming><outgoing>t_end</outgoing><timerEventDefinition id="td"><timeDate>${v}</timeDate></timerEventDefinition></intermediateCatchEvent>`,
    'start -> t -> end',
  );
for (const v of [
  'R/P1D',
  'R5/P1W',
  'R/PT1S/',
  'R//PT1S',
  'r/PT1S',
  'R3',
  'R',
  'R5/-PT1S',
  'R/PT0S',
  'R1/2026-01-01T00:00:00+02:00/P1M',
  'R/2026-01-01T00:00:00Z[Europe/Berlin]/P1M',
  'R99999999999/PT1S',
  'R+3/PT1S',
  'R 3/PT1S',
  ' R/PT1S',
  '@hourly',
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@midnight',
  '@DAILY',
  '0 0 0 * JAN-MAR MON,WED',
  '*/10 * * * * *',
  '0 0 25 * * *',
  '0 0 0 0 * *',
  '0 0 0 * 13 *',
  '0 0 0 * * 8',
  '0 0 0 * * 7',
  '0 0 0 * * 0',
  '0 0 0 * * MONDAY',
  '0 0 0 * FOO *',
  '5-1 * * * * *',
  '0 0 0 * * 5#6',
  '0 0 0 * * FRIL',
  '0 0 0 ? * ?',
  '? * * * * *',
  '0 0 0 1W * *',
  '0 0 0 32W * *',
  '0 0 0 L-40 * *',
  'a b c d e f',
  '0 0 0 * * 1,',
  '0  0 0 * * 1',
  '0 0 0 */0 * *',
  '0/15 0-30/5 * 1,15 1-6 *',
  '0 0 0 W * *',
  '1-2-3 * * * * *',
  '0 0 0 * * MON#1',
  '0 0 0 29 2 ?',
  '0 0 0 * * L',
  '~ * * * * *',
  '0 0 0 * * 2-MON',
  '-1 * * * * *',
  '0 0 0 LW-1 * *',
  '0 0 0 5L * *',
  '0 0 0 * * #',
  '0 0 0 * * 5#0',
  '0 0 12 ? * SUN-TUE',
  '0 0 22-2 * * *',
  '*/70 * * * * *',
  '0 0 0 * L *',
])
  c[`cycle ${v}`] = process(
    'p',
    `<startEvent id="start"><outgoing>start_end</outgoing><timerEventDefinition id="td"><timeCycle>${v}</timeCycle></timerEventDefinition></startEvent>${end()}`,
    'start -> end',
  );
export const cases = c;
