// Models that are deployed one by one; what the reference says to them is in verdicts.golden.json.
import {
  definitions,
  end,
  ext,
  inner,
  bpmn as process,
  processElement,
  start,
  task,
} from '../scenarios/text-model.mjs';

const around = (el, rest = '', flows = 'start -> t -> end') =>
  process('p', start() + el + end(), flows, rest);
const D = (k, a = '', c = '') => `<${k}EventDefinition id="d_${k}" ${a}>${c}</${k}EventDefinition>`;
const MSG = (id = 'm', name = 'm', key = '=key', n = 1) =>
  `<message id="${id}" ${name === undefined ? '' : `name="${name}"`}>${n ? ext(`<zeebe:subscription ${key === null ? '' : `correlationKey="${key}"`}/>`.repeat(n)) : ''}</message>`;
const ALL =
  MSG() +
  '<signal id="s" name="s"/><error id="e" errorCode="E"/><escalation id="x" escalationCode="X"/>';
const T = (k, v) =>
  `<timer${''}EventDefinition id="td"><time${k}>${v}</time${k}></timerEventDefinition>`;
const DEFS = {
  message: D('message', 'messageRef="m"'),
  timer: T('Duration', 'PT1S'),
  signal: D('signal', 'signalRef="s"'),
  error: D('error', 'errorRef="e"'),
  escalation: D('escalation', 'escalationRef="x"'),
  link: D('link', 'name="l"'),
  compensate: D('compensate'),
  terminate: D('terminate'),
  conditional: D('conditional', '', '<condition>=a</condition>'),
  cancel: D('cancel'),
};
const J = ext('<zeebe:taskDefinition type="j"/>');
const esp = (def, a = '') =>
  process(
    'p',
    `${start()}${end()}<subProcess id="esp" triggeredByEvent="true"><startEvent id="es" ${a}>${def}<outgoing>es_ee</outgoing></startEvent><endEvent id="ee"><incoming>es_ee</incoming></endEvent>${inner('es -> ee')}</subProcess>`,
    'start -> end',
    ALL,
  );
const bnd = (def, a = '', el = task('t'), rest = ALL) =>
  process(
    'p',
    `${start()}${el}<boundaryEvent id="b" attachedToRef="t" ${a}>${def}</boundaryEvent>${end()}`,
    'start -> t -> end; b -> end',
    rest,
  );
const sub = `<subProcess id="t"><startEvent id="i"/></subProcess>`;
const c = {};
for (const [k, d] of Object.entries(DEFS)) {
  c[`start ${k}`] = process(
    'p',
    `<startEvent id="start">${d}</startEvent>${end()}`,
    'start -> end',
    ALL,
  );
  c[`esp ${k}`] = esp(d);
  c[`esp non-interrupting ${k}`] = esp(d, 'isInterrupting="false"');
  c[`sub start ${k}`] = around(
    `<subProcess id="t"><startEvent id="i">${d}</startEvent></subProcess>`,
    ALL,
  );
  c[`catch ${k}`] = around(`<intermediateCatchEvent id="t">${d}</intermediateCatchEvent>`, ALL);
  c[`throw ${k}`] = around(
    `<intermediateThrowEvent id="t">${k === 'message' ? J : ''}${d}</intermediateThrowEvent>`,
    ALL,
  );
  c[`end ${k}`] = process(
    'p',
    `${start()}<endEvent id="end">${k === 'message' ? J : ''}${d}</endEvent>`,
    'start -> end',
    ALL,
  );
  c[`boundary ${k}`] = bnd(d);
  c[`boundary non-interrupting ${k}`] = bnd(d, 'cancelActivity="false"');
  c[`boundary ${k} on sub`] = bnd(d, '', sub);
}
c['esp none'] = esp('');
c['catch none'] = around('<intermediateCatchEvent id="t"/>');
c['catch two'] = around(
  `<intermediateCatchEvent id="t">${DEFS.message}${DEFS.signal}</intermediateCatchEvent>`,
  ALL,
);
c['throw two'] = around(
  `<intermediateThrowEvent id="t">${DEFS.escalation}${DEFS.signal}</intermediateThrowEvent>`,
  ALL,
);
c['start two'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}${DEFS.signal}</startEvent>${end()}`,
  'start -> end',
  ALL,
);
for (const k of [
  'complexGateway',
  'transaction',
  'adHocSubProcess',
  'callChoreography',
  'choreographyTask',
  'subChoreography',
  'implicitThrowEvent',
  'event',
])
  c[`element ${k}`] = around(
    k === 'transaction'
      ? `<transaction id="t"><startEvent id="i"/></transaction>`
      : k === 'adHocSubProcess'
        ? '<adHocSubProcess id="t"><task id="u"/></adHocSubProcess>'
        : `<${k} id="t"/>`,
  );
// messages
const mcatch = (rest, ref = 'messageRef="m"') =>
  around(`<intermediateCatchEvent id="t">${D('message', ref)}</intermediateCatchEvent>`, rest);
c['catch without messageRef'] = mcatch('', '');
c['catch with unknown messageRef'] = mcatch('', 'messageRef="q"');
c['message without name'] = mcatch(
  `<message id="m">${ext('<zeebe:subscription correlationKey="=k"/>')}</message>`,
);
c['message with empty name'] = mcatch(MSG('m', ''));
c['message with bad feel name'] = mcatch(MSG('m', '=a +'));
c['message without subscription'] = mcatch(MSG('m', 'm', '', 0));
c['message with two subscriptions'] = mcatch(MSG('m', 'm', '=k', 2));
c['message key missing'] = mcatch(MSG('m', 'm', null));
c['message key empty'] = mcatch(MSG('m', 'm', ''));
c['message key static'] = mcatch(MSG('m', 'm', 'k'));
c['message key bad'] = mcatch(MSG('m', 'm', '=k +'));
c['receive without messageRef'] = around('<receiveTask id="t"/>');
c['receive message without subscription'] = around(
  '<receiveTask id="t" messageRef="m"/>',
  MSG('m', 'm', '', 0),
);
c['receive own boundary same name'] = process(
  'p',
  `${start()}<receiveTask id="t" messageRef="m"/><boundaryEvent id="b" attachedToRef="t">${DEFS.message}</boundaryEvent>${end()}`,
  'start -> t -> end; b -> end',
  ALL,
);
c['receive own boundary other message same name'] = process(
  'p',
  `${start()}<receiveTask id="t" messageRef="m"/><boundaryEvent id="b" attachedToRef="t">${D('message', 'messageRef="m2"')}</boundaryEvent>${end()}`,
  'start -> t -> end; b -> end',
  ALL + MSG('m2'),
);
c['start message without subscription'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}</startEvent>${end()}`,
  'start -> end',
  MSG('m', 'm', '', 0),
);
c['start message expression name'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}</startEvent>${end()}`,
  'start -> end',
  MSG('m', '=a', '', 0),
);
c['start message constant expression name'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}</startEvent>${end()}`,
  'start -> end',
  MSG('m', '=&quot;a&quot; + &quot;b&quot;', '', 0),
);
c['start message expression name number'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}</startEvent>${end()}`,
  'start -> end',
  MSG('m', '=1', '', 0),
);
c['start message static number'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}</startEvent>${end()}`,
  'start -> end',
  MSG('m', '1', '', 0),
);
c['start message no name'] = process(
  'p',
  `<startEvent id="start">${DEFS.message}</startEvent>${end()}`,
  'start -> end',
  '<message id="m"/>',
);
c['start message no ref'] = process(
  'p',
  `<startEvent id="start">${D('message')}</startEvent>${end()}`,
  'start -> end',
  '<message id="m"/>',
);
c['two start events of one message'] = process(
  'p',
  `<startEvent id="s1">${D('message', 'messageRef="m"')}</startEvent><startEvent id="s2"><messageEventDefinition messageRef="m"/></startEvent>`,
  '',
  ALL,
);
const startOn = (ref) =>
  `<startEvent id="s${ref}"><messageEventDefinition messageRef="${ref}"/></startEvent>`;
const twoStarted = (first, second, rest) =>
  definitions(
    processElement('p', startOn(first)) +
      processElement('q', startOn(second).replace('id="s', 'id="q')),
    rest,
  );
c['two processes of one message'] = twoStarted('m', 'm', ALL);
c['two processes of one message name'] = twoStarted('m', 'm2', ALL + MSG('m2', 'm'));
c['two start events of one message name'] = process(
  'p',
  `<startEvent id="s1">${D('message', 'messageRef="m"')}</startEvent><startEvent id="s2"><messageEventDefinition messageRef="m2"/></startEvent>`,
  '',
  ALL + MSG('m2'),
);
c['two start events of one signal'] = process(
  'p',
  `<startEvent id="s1">${D('signal', 'signalRef="s"')}</startEvent><startEvent id="s2"><signalEventDefinition signalRef="s"/></startEvent>`,
  '',
  ALL,
);
c['two start events of one signal name'] = process(
  'p',
  `<startEvent id="s1">${D('signal', 'signalRef="s"')}</startEvent><startEvent id="s2"><signalEventDefinition signalRef="s2"/></startEvent>`,
  '',
  `${ALL}<signal id="s2" name="s"/>`,
);
c['throw message nothing'] = around(
  `<intermediateThrowEvent id="t">${DEFS.message}</intermediateThrowEvent>`,
  ALL,
);
c['throw message no ref with job'] = around(
  `<intermediateThrowEvent id="t">${J}${D('message')}</intermediateThrowEvent>`,
  ALL,
);
c['throw message publish'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d" messageRef="m">${ext('<zeebe:publishMessage correlationKey="=k" messageId="a" timeToLive="PT1S"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['throw message publish static'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d" messageRef="m">${ext('<zeebe:publishMessage correlationKey="k"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['throw message publish no key'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d" messageRef="m">${ext('<zeebe:publishMessage/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['throw message publish bad ttl'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d" messageRef="m">${ext('<zeebe:publishMessage correlationKey="k" messageId="=a +" timeToLive="=b +"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['throw message publish static bad ttl'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d" messageRef="m">${ext('<zeebe:publishMessage correlationKey="k" timeToLive="5"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['throw message publish no ref'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d">${ext('<zeebe:publishMessage correlationKey="k"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['throw message publish message without name'] = around(
  `<intermediateThrowEvent id="t"><messageEventDefinition id="d" messageRef="q">${ext('<zeebe:publishMessage correlationKey="k"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  '<message id="q"/>',
);
c['throw message both'] = around(
  `<intermediateThrowEvent id="t">${J}<messageEventDefinition id="d" messageRef="m">${ext('<zeebe:publishMessage correlationKey="k"/>')}</messageEventDefinition></intermediateThrowEvent>`,
  ALL,
);
c['end message nothing'] = process(
  'p',
  `${start()}<endEvent id="end">${DEFS.message}</endEvent>`,
  'start -> end',
  ALL,
);
c['send publish'] = around(
  `<sendTask id="t" messageRef="m">${ext('<zeebe:publishMessage correlationKey="k"/>')}</sendTask>`,
  ALL,
);
c['send publish no ref'] = around(
  `<sendTask id="t">${ext('<zeebe:publishMessage correlationKey="k"/>')}</sendTask>`,
  ALL,
);
c['send publish no key'] = around(
  `<sendTask id="t" messageRef="m">${ext('<zeebe:publishMessage/>')}</sendTask>`,
  ALL,
);
c['send publish message without name'] = around(
  `<sendTask id="t" messageRef="q">${ext('<zeebe:publishMessage correlationKey="k"/>')}</sendTask>`,
  '<message id="q"/>',
);
c['throw none with taskDefinition'] = around(
  `<intermediateThrowEvent id="t">${J}</intermediateThrowEvent>`,
  ALL,
);
// signals
c['signal no ref'] = around(
  `<intermediateCatchEvent id="t">${D('signal')}</intermediateCatchEvent>`,
);
c['signal no name'] = around(
  `<intermediateCatchEvent id="t">${DEFS.signal}</intermediateCatchEvent>`,
  '<signal id="s"/>',
);
c['signal empty name'] = around(
  `<intermediateCatchEvent id="t">${DEFS.signal}</intermediateCatchEvent>`,
  '<signal id="s" name=""/>',
);
c['signal bad name'] = around(
  `<intermediateCatchEvent id="t">${DEFS.signal}</intermediateCatchEvent>`,
  '<signal id="s" name="=a +"/>',
);
c['throw signal no ref'] = around(
  `<intermediateThrowEvent id="t">${D('signal')}</intermediateThrowEvent>`,
);
c['start signal expression'] = process(
  'p',
  `<startEvent id="start">${DEFS.signal}</startEvent>${end()}`,
  'start -> end',
  '<signal id="s" name="=a"/>',
);
c['start signal constant expression'] = process(
  'p',
  `<startEvent id="start">${DEFS.signal}</startEvent>${end()}`,
  'start -> end',
  '<signal id="s" name="=&quot;a&quot;"/>',
);
// errors, escalations
c['end error no ref'] = process(
  'p',
  `${start()}<endEvent id="end">${D('error')}</endEvent>`,
  'start -> end',
);
c['end error empty code'] = process(
  'p',
  `${start()}<endEvent id="end">${D('error', 'errorRef="q"')}</endEvent>`,
  'start -> end',
  '<error id="q"/>',
);
c['end escalation no ref'] = process(
  'p',
  `${start()}<endEvent id="end">${D('escalation')}</endEvent>`,
  'start -> end',
);
c['end escalation empty code'] = process(
  'p',
  `${start()}<endEvent id="end">${D('escalation', 'escalationRef="q"')}</endEvent>`,
  'start -> end',
  '<escalation id="q"/>',
);
c['end escalation bad code'] = process(
  'p',
  `${start()}<endEvent id="end">${D('escalation', 'escalationRef="q"')}</endEvent>`,
  'start -> end',
  '<escalation id="q" escalationCode="=a +"/>',
);
c['throw escalation no ref'] = around(
  `<intermediateThrowEvent id="t">${D('escalation')}</intermediateThrowEvent>`,
);
c['throw escalation empty code'] = around(
  `<intermediateThrowEvent id="t">${D('escalation', 'escalationRef="q"')}</intermediateThrowEvent>`,
  '<escalation id="q"/>',
);
c['boundary escalation expression'] = bnd(
  D('escalation', 'escalationRef="q"'),
  '',
  sub,
  '<escalation id="q" escalationCode="=a"/>',
);
c['boundary escalation catch all'] = bnd(D('escalation'), '', sub);
c['boundary escalation no code'] = bnd(
  D('escalation', 'escalationRef="q"'),
  '',
  sub,
  '<escalation id="q"/>',
);
c['boundary error expression'] = bnd(
  D('error', 'errorRef="q"'),
  '',
  sub,
  '<error id="q" errorCode="=a"/>',
);
c['esp error expression'] = esp(D('error', 'errorRef="q"')).replace(
  '</definitions>',
  '<error id="q" errorCode="=a"/></definitions>',
);
c['boundary escalation on call'] = bnd(
  DEFS.escalation,
  '',
  `<callActivity id="t">${ext('<zeebe:calledElement processId="c"/>')}</callActivity>`,
);
c['boundary escalation on manual'] = bnd(DEFS.escalation, '', `<manualTask id="t"/>`);
for (const g of ['exclusiveGateway', 'eventBasedGateway', 'intermediateThrowEvent', 'startEvent'])
  c[`boundary on ${g}`] = bnd(DEFS.timer, '', `<${g} id="t"/>`);
c['boundary on event sub-process'] = process(
  'p',
  `${start()}<subProcess id="t" triggeredByEvent="true"><startEvent id="i">${DEFS.message}</startEvent></subProcess><boundaryEvent id="b" attachedToRef="t">${DEFS.timer}</boundaryEvent>${end()}`,
  'start -> end; b -> end',
  ALL,
);
c['boundary with unknown attachedToRef'] = bnd(DEFS.timer).replace(
  'attachedToRef="t"',
  'attachedToRef="zz"',
);
c['boundary none'] = bnd('');
c['boundary two'] = bnd(DEFS.timer + DEFS.message);
c['boundary no outgoing'] = bnd(DEFS.timer).replace('<outgoing>b_end</outgoing>', '');
c['boundary incoming'] = process(
  'p',
  `${start()}${task('t')}<boundaryEvent id="b" attachedToRef="t">${DEFS.timer}</boundaryEvent>${end()}`,
  'start -> t -> b -> end',
  ALL,
);
export const cases = c;
