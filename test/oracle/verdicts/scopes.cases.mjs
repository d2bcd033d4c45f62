// Models that are deployed one by one; what the reference says to them is in verdicts.golden.json.
import { end, ext, inner, bpmn as process, start, task } from '../scenarios/text-model.mjs';

const around = (el, rest = '', flows = 'start -> t -> end') =>
  process('p', start() + el + end(), flows, rest);
const D = (k, a = '', c = '') =>
  `<${k}EventDefinition id="d_${k}_${n++}" ${a}>${c}</${k}EventDefinition>`;
let n = 0;
const MSG = (id = 'm', name = 'm', key = '=key', n = 1) =>
  `<message id="${id}" ${name === undefined ? '' : `name="${name}"`}>${n ? ext(`<zeebe:subscription ${key === null ? '' : `correlationKey="${key}"`}/>`.repeat(n)) : ''}</message>`;
const ALL =
  MSG() +
  MSG('m2') +
  '<signal id="s" name="s"/><signal id="sig2" name="s"/><error id="e" errorCode="E"/><error id="e2" errorCode="E"/><escalation id="x" escalationCode="X"/><escalation id="x2" escalationCode="X"/><error id="e0"/><escalation id="x0"/>';
const T = (k, v) =>
  `<timerEventDefinition id="td${n++}"><time${k}>${v}</time${k}></timerEventDefinition>`;
const defs = () => ({
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
});
const _J = ext('<zeebe:taskDefinition type="j"/>');
const espOf = (id, def, a = '') =>
  `<subProcess id="${id}" triggeredByEvent="true"><startEvent id="${id}_s" ${a}><outgoing>${id}_s_${id}_e</outgoing>${def}</startEvent><endEvent id="${id}_e"><incoming>${id}_s_${id}_e</incoming></endEvent>${inner(`${id}_s -> ${id}_e`)}</subProcess>`;
const esp = (def, a = '') =>
  process('p', `${start()}${end()}${espOf('esp', def, a)}`, 'start -> end', ALL);
const bnd = (def, a = '', el = task('t'), rest = ALL) =>
  process(
    'p',
    `${start()}${el}<boundaryEvent id="b" attachedToRef="t" ${a}>${def}</boundaryEvent>${end()}`,
    'start -> t -> end; b -> end',
    rest,
  );
const bnd2 = (d1, d2, el = '<subProcess id="t"><startEvent id="i"/></subProcess>', rest = ALL) =>
  process(
    'p',
    `${start()}${el}<boundaryEvent id="b" attachedToRef="t">${d1}</boundaryEvent><boundaryEvent id="c" attachedToRef="t">${d2}</boundaryEvent>${end()}`,
    'start -> t -> end; b -> end; c -> end',
    rest,
  );
const c = {};
for (const [k, d] of Object.entries(defs())) {
  c[`esp ${k}`] = esp(d);
  c[`esp non-interrupting ${k}`] = esp(d, 'isInterrupting="false"');
}
for (const [k, a, b] of [
  ['same message', D('message', 'messageRef="m"'), D('message', 'messageRef="m"')],
  ['same message name', D('message', 'messageRef="m"'), D('message', 'messageRef="m2"')],
  ['same signal', D('signal', 'signalRef="s"'), D('signal', 'signalRef="s"')],
  ['same signal name', D('signal', 'signalRef="s"'), D('signal', 'signalRef="sig2"')],
  ['same error', D('error', 'errorRef="e"'), D('error', 'errorRef="e"')],
  ['same error code', D('error', 'errorRef="e"'), D('error', 'errorRef="e2"')],
  ['error all twice', D('error'), D('error')],
  ['error all and empty', D('error'), D('error', 'errorRef="e0"')],
  ['error empty twice', D('error', 'errorRef="e0"'), D('error', 'errorRef="e0"')],
  ['same escalation', D('escalation', 'escalationRef="x"'), D('escalation', 'escalationRef="x"')],
  [
    'same escalation code',
    D('escalation', 'escalationRef="x"'),
    D('escalation', 'escalationRef="x2"'),
  ],
  ['escalation all twice', D('escalation'), D('escalation')],
  ['escalation all and empty', D('escalation'), D('escalation', 'escalationRef="x0"')],
  [
    'escalation empty twice',
    D('escalation', 'escalationRef="x0"'),
    D('escalation', 'escalationRef="x0"'),
  ],
  ['compensation twice', D('compensate'), D('compensate')],
  ['same timer', T('Duration', 'PT1S'), T('Duration', 'PT1S')],
  ['link', D('link', 'name="l"'), D('link', 'name="l"')],
]) {
  c[`boundary twice ${k}`] = bnd2(a, b);
  c[`esp twice ${k}`] = process(
    'p',
    `${start()}${end()}${espOf('esp', a)}${espOf('fsp', b)}`,
    'start -> end',
    ALL,
  );
  c[`esp twice in sub ${k}`] = around(
    `<subProcess id="t"><startEvent id="i"/>${espOf('esp', a)}${espOf('fsp', b)}</subProcess>`,
    ALL,
  );
  const ic = (id, d) => `<intermediateCatchEvent id="${id}">${d}</intermediateCatchEvent>`;
  c[`event gateway twice ${k}`] = process(
    'p',
    `${start()}<eventBasedGateway id="g"/>${ic('c1', a)}${ic('c2', b)}${end()}`,
    'start -> g; g -> c1 -> end; g -> c2 -> end',
    ALL,
  );
  c[`start twice ${k}`] = process(
    'p',
    `<startEvent id="s1">${a}</startEvent><startEvent id="s3">${b}</startEvent>`,
    '',
    ALL,
  );
}
c['esp with flows'] = process(
  'p',
  `${start()}${end()}<subProcess id="esp" triggeredByEvent="true"><startEvent id="es">${D('message', 'messageRef="m"')}</startEvent></subProcess>`,
  'start -> esp -> end',
  ALL,
);
c['esp two starts'] = process(
  'p',
  `${start()}${end()}<subProcess id="esp" triggeredByEvent="true"><startEvent id="es">${D('message', 'messageRef="m"')}</startEvent><startEvent id="es2">${D('signal', 'signalRef="s"')}</startEvent></subProcess>`,
  'start -> end',
  ALL,
);
c['esp no start'] = process(
  'p',
  `${start()}${end()}<subProcess id="esp" triggeredByEvent="true"></subProcess>`,
  'start -> end',
  ALL,
);
c['sub no start'] = around('<subProcess id="t"></subProcess>');
c['sub two starts'] = around(
  '<subProcess id="t"><startEvent id="i"/><startEvent id="i2"/></subProcess>',
);
c['esp with loop'] = process(
  'p',
  `${start()}${end()}<subProcess id="esp" triggeredByEvent="true"><startEvent id="es">${D('message', 'messageRef="m"')}</startEvent><multiInstanceLoopCharacteristics id="ml">${ext('<zeebe:loopCharacteristics inputCollection="=a"/>')}</multiInstanceLoopCharacteristics></subProcess>`,
  'start -> end',
  ALL,
);
// event-based gateways
const ic = (id, d) => `<intermediateCatchEvent id="${id}">${d}</intermediateCatchEvent>`;
const ebg = (els, flows, a = '') =>
  process('p', `${start()}<eventBasedGateway id="g" ${a}/>${els}${end()}`, flows, ALL);
c['event gateway one flow'] = ebg(ic('c1', T('Duration', 'PT1S')), 'start -> g -> c1 -> end');
c['event gateway task'] = ebg(
  task('a') + ic('c1', T('Duration', 'PT1S')),
  'start -> g; g -> a -> end; g -> c1 -> end',
);
c['event gateway receive'] = ebg(
  `<receiveTask id="a" messageRef="m"/>${ic('c1', T('Duration', 'PT1S'))}`,
  'start -> g; g -> a -> end; g -> c1 -> end',
);
c['event gateway link'] = ebg(
  ic('a', D('link', 'name="l"')) + ic('c1', T('Duration', 'PT1S')),
  'start -> g; g -> a -> end; g -> c1 -> end',
);
c['event gateway other incoming'] = process(
  'p',
  `${start()}<parallelGateway id="f"/><eventBasedGateway id="g"/>${ic('c1', T('Duration', 'PT1S'))}${ic('c2', T('Duration', 'PT1S'))}${end()}`,
  'start -> f -> g; f -> c1; g -> c1 -> end; g -> c2 -> end',
  ALL,
);
c['event gateway same twice'] = ebg(ic('c1', T('Duration', 'PT1S')), 'start -> g; g -> c1 -> end')
  .replace('<outgoing>g_c1</outgoing>', '<outgoing>g_c1</outgoing><outgoing>gg</outgoing>')
  .replace('</process>', '<sequenceFlow id="gg" sourceRef="g" targetRef="c1"/></process>');
c['event gateway parallel'] = ebg(
  ic('c1', T('Duration', 'PT1S')) + ic('c2', T('Duration', 'PT1S')),
  'start -> g; g -> c1 -> end; g -> c2 -> end',
  'eventGatewayType="Parallel"',
);
c['event gateway instantiate'] = ebg(
  ic('c1', T('Duration', 'PT1S')) + ic('c2', T('Duration', 'PT1S')),
  'start -> g; g -> c1 -> end; g -> c2 -> end',
  'instantiate="true"',
);
c['event gateway condition'] = ebg(
  ic('c1', T('Duration', 'PT1S')) + ic('c2', T('Duration', 'PT1S')),
  'start -> g; g -[=a]-> c1 -> end; g -> c2 -> end',
);
// links
const thr = (id, name) =>
  `<intermediateThrowEvent id="${id}"><linkEventDefinition id="l_${id}" ${name === null ? '' : `name="${name}"`}/></intermediateThrowEvent>`;
const cat = (id, name) =>
  `<intermediateCatchEvent id="${id}"><linkEventDefinition id="l_${id}" ${name === null ? '' : `name="${name}"`}/></intermediateCatchEvent>`;
c['link good'] = process(
  'p',
  start() + thr('a', 'x') + cat('b', 'x') + end(),
  'start -> a; b -> end',
);
c['link throw no name'] = process(
  'p',
  start() + thr('a', null) + cat('b', 'x') + end(),
  'start -> a; b -> end',
);
c['link throw empty name'] = process(
  'p',
  start() + thr('a', '') + cat('b', 'x') + end(),
  'start -> a; b -> end',
);
c['link catch empty name'] = process(
  'p',
  start() + thr('a', 'x') + cat('b', '') + end(),
  'start -> a; b -> end',
);
c['link both empty name'] = process(
  'p',
  start() + thr('a', '') + cat('b', '') + end(),
  'start -> a; b -> end',
);
c['link no catch'] = process('p', start() + thr('a', 'x') + end(), 'start -> a');
c['link two throws no catch'] = process(
  'p',
  start() + thr('a', 'x') + thr('a2', 'x') + end(),
  'start -> a; start -> a2',
);
c['link catch twice'] = process(
  'p',
  start() + thr('a', 'x') + cat('b', 'x') + cat('c', 'x') + end(),
  'start -> a; b -> end; c -> end',
);
c['link catch three'] = process(
  'p',
  start() + thr('a', 'x') + cat('b', 'x') + cat('c', 'x') + cat('d', 'x') + end(),
  'start -> a; b -> end; c -> end; d -> end',
);
c['link catch alone'] = process('p', start() + cat('b', 'x') + end(), 'start -> end');
c['link catch with incoming'] = process(
  'p',
  start() + thr('a', 'x') + cat('b', 'x') + end(),
  'start -> a; start -> b -> end',
);
c['link throw with outgoing'] = process(
  'p',
  start() + thr('a', 'x') + cat('b', 'x') + end(),
  'start -> a -> end; b -> end',
);
c['link into sub'] = process(
  'p',
  start() +
    thr('a', 'x') +
    `<subProcess id="sub"><startEvent id="i"/>${cat('b', 'x')}</subProcess>` +
    end(),
  'start -> a; sub -> end',
);
c['link out of sub'] = process(
  'p',
  start() +
    cat('b', 'x') +
    `<subProcess id="sub"><startEvent id="i"/>${thr('a', 'x')}</subProcess>` +
    end(),
  'start -> sub -> end',
);
c['link same name in sub and process'] = process(
  'p',
  start() +
    cat('b', 'x') +
    `<subProcess id="sub"><startEvent id="i"/>${cat('c', 'x')}</subProcess>` +
    end(),
  'start -> sub -> end',
);
c['link in sub no catch'] = process(
  'p',
  `${start()}<subProcess id="sub"><startEvent id="i"/>${thr('a', 'x')}</subProcess>${end()}`,
  'start -> sub -> end',
);
// timers
for (const [k, v] of [
  ['Duration', 'PT1S'],
  ['Duration', ''],
  ['Duration', 'P'],
  ['Duration', '1 day'],
  ['Duration', 'P1D'],
  ['Duration', 'P1M'],
  ['Duration', 'P1Y2M3DT4H'],
  ['Duration', '-PT1S'],
  ['Duration', 'P1W'],
  ['Duration', 'PT0.5S'],
  ['Duration', '=duration("PT1S")'],
  ['Duration', '=a +'],
  ['Duration', '5'],
  ['Date', '2026-01-01T00:00:00Z'],
  ['Date', '2026-01-01T00:00:00'],
  ['Date', '2026-01-01'],
  ['Date', ''],
  ['Date', 'nope'],
  ['Date', '2026-01-01T00:00:00+02:00[Europe/Berlin]'],
  ['Date', '2026-02-30T00:00:00Z'],
  ['Date', '2026-01-01T00:00Z'],
  ['Date', '=now()'],
  ['Cycle', 'R/PT1S'],
  ['Cycle', 'R3/PT1S'],
  ['Cycle', 'R0/PT1S'],
  ['Cycle', 'R-1/PT1S'],
  ['Cycle', 'PT1S'],
  ['Cycle', ''],
  ['Cycle', 'R/'],
  ['Cycle', 'Rx/PT1S'],
  ['Cycle', 'R3/2026-01-01T00:00:00Z/PT1S'],
  ['Cycle', 'R3/2026-01-01T00:00:00Z'],
  ['Cycle', 'R3/PT1S/2026-01-01T00:00:00Z'],
  ['Cycle', 'R3/2026-01-01T00:00:00/PT1S'],
  ['Cycle', '0 0 9-17 * * MON-FRI'],
  ['Cycle', '@daily'],
  ['Cycle', '@every'],
  ['Cycle', '* * * * *'],
  ['Cycle', '0 0 0 L * *'],
  ['Cycle', '0 0 0 ? * 5#2'],
  ['Cycle', '0 0 0 ? * 5L'],
  ['Cycle', '0 0 0 LW * *'],
  ['Cycle', '0 0 0 15W * *'],
  ['Cycle', '0 0 0 L-3 * *'],
  ['Cycle', '61 * * * * *'],
  ['Cycle', '* * * * * * *'],
  ['Cycle', '0 0 0 1 1 *'],
  ['Cycle', '0 0 0 31 2 *'],
  ['Cycle', '@reboot'],
  ['Cycle', '0 0/5 * * * ?'],
  ['Cycle', 'nonsense'],
  ['Cycle', '=cycle(duration(&quot;PT1S&quot;))'],
]) {
  const at = `${k} ${v}`;
  c[`boundary n timer ${at}`] = bnd(T(k, v), 'cancelActivity="false"');
  c[`start timer ${at}`] = process(
    'p',
    `<startEvent id="start">${T(k, v)}</startEvent>${end()}`,
    'start -> end',
  );
}
c['timer nothing'] = bnd('<timerEventDefinition id="td"/>');
c['timer two'] = bnd(
  '<timerEventDefinition id="td"><timeDate>2026-01-01T00:00:00Z</timeDate><timeDuration>PT1S</timeDuration></timerEventDefinition>',
);
c['catch timer cycle'] = around(ic('t', T('Cycle', 'R/PT1S')));
c['catch timer nothing'] = around(ic('t', '<timerEventDefinition id="td"/>'));
c['catch timer date'] = around(ic('t', T('Date', '2026-01-01T00:00:00Z')));
c['boundary i timer cycle'] = bnd(T('Cycle', 'R/PT1S'));
c['esp i timer cycle'] = esp(T('Cycle', 'R/PT1S'));
c['esp n timer cycle'] = esp(T('Cycle', 'R/PT1S'), 'isInterrupting="false"');
c['start timer expression with variable'] = process(
  'p',
  `<startEvent id="start">${T('Duration', '=a')}</startEvent>${end()}`,
  'start -> end',
);
c['start timer expression of wrong type'] = process(
  'p',
  `<startEvent id="start">${T('Duration', '=1')}</startEvent>${end()}`,
  'start -> end',
);
c['start timer date expression with variable'] = process(
  'p',
  `<startEvent id="start">${T('Date', '=a')}</startEvent>${end()}`,
  'start -> end',
);
c['start timer cycle expression with variable'] = process(
  'p',
  `<startEvent id="start">${T('Cycle', '=a')}</startEvent>${end()}`,
  'start -> end',
);
c['start timer cycle expression bad text'] = process(
  'p',
  `<startEvent id="start">${T('Cycle', '=&quot;x&quot;')}</startEvent>${end()}`,
  'start -> end',
);
c['start timer duration expression bad text'] = process(
  'p',
  `<startEvent id="start">${T('Duration', '=&quot;x&quot;')}</startEvent>${end()}`,
  'start -> end',
);
export const cases = c;
