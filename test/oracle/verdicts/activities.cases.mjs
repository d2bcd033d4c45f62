// Models that are deployed one by one; what the reference says to them is in verdicts.golden.json.
import { end, ext, bpmn as process, start, task } from '../scenarios/text-model.mjs';

const around = (el, rest = '', flows = 'start -> t -> end') =>
  process('p', start() + el + end(), flows, rest);
const MSG = `<message id="m" name="m">${ext('<zeebe:subscription correlationKey="=k"/>')}</message>`;
const c = {};
// compensation
const compB = (id, at) =>
  `<boundaryEvent id="${id}" attachedToRef="${at}"><compensateEventDefinition id="cd_${id}"/></boundaryEvent>`;
const asso = (a, b) =>
  `<association id="as_${a}_${b}" sourceRef="${a}" targetRef="${b}" associationDirection="One"/>`;
const H = (id, extra = '') =>
  `<serviceTask id="${id}" isForCompensation="true" ${extra}>${ext('<zeebe:taskDefinition type="h"/>')}</serviceTask>`;
const thr = (id, a = '') =>
  `<intermediateThrowEvent id="${id}"><compensateEventDefinition id="cd_${id}" ${a}/></intermediateThrowEvent>`;
const comp = (els, flows = 'start -> t -> thr -> end') => {
  const as = [...els.matchAll(/<association.*?\/>/g)].join('');
  return process(
    'p',
    start() + task('t') + els.replaceAll(/<association.*?\/>/g, '') + end(),
    flows,
    MSG,
  ).replace('</process>', `${as}</process>`);
};
c['comp good'] = comp(compB('b', 't') + H('h') + asso('b', 'h') + thr('thr'));
c['comp reversed association'] = comp(compB('b', 't') + H('h') + asso('h', 'b') + thr('thr'));
c['comp no association'] = comp(compB('b', 't') + H('h') + thr('thr'));
c['comp handler not marked'] = comp(compB('b', 't') + task('h') + asso('b', 'h') + thr('thr'));
c['comp two associations'] = comp(
  compB('b', 't') + H('h') + H('h2') + asso('b', 'h') + asso('b', 'h2') + thr('thr'),
);
c['comp two boundaries'] = comp(
  compB('b', 't') +
    compB('b2', 't') +
    H('h') +
    H('h2') +
    asso('b', 'h') +
    asso('b2', 'h2') +
    thr('thr'),
);
c['comp one handler for two'] = comp(
  compB('b', 't') + compB('b2', 't') + H('h') + asso('b', 'h') + asso('b2', 'h') + thr('thr'),
);
c['comp handler with flows'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr'),
  'start -> t -> thr -> end; h -> end',
);
c['comp handler with incoming'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr'),
  'start -> t -> thr -> end; t -> h',
);
c['comp handler with boundary'] = comp(
  compB('b', 't') +
    H('h') +
    asso('b', 'h') +
    thr('thr') +
    '<boundaryEvent id="bb" attachedToRef="h"><timerEventDefinition id="td"><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>',
  'start -> t -> thr -> end; bb -> end',
);
c['comp boundary with outgoing'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr'),
  'start -> t -> thr -> end; b -> end',
);
c['comp boundary with outgoing only'] = comp(
  compB('b', 't') + thr('thr'),
  'start -> t -> thr -> end; b -> end',
);
c['comp handler without boundary'] = comp(H('h') + thr('thr'));
c['comp handler in flow'] = around(H('t'));
c['comp wait false'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr', 'waitForCompletion="false"'),
);
c['comp wait false end'] = process(
  'p',
  start() +
    `<endEvent id="end"><compensateEventDefinition id="cd" waitForCompletion="false"/></endEvent>`,
  'start -> end',
);
c['comp wait true'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr', 'waitForCompletion="true"'),
);
c['comp ref good'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr', 'activityRef="t"'),
);
c['comp ref unknown'] = comp(
  compB('b', 't') + H('h') + asso('b', 'h') + thr('thr', 'activityRef="zz"'),
);
c['comp ref no boundary'] = comp(
  task('u') + thr('thr', 'activityRef="u"'),
  'start -> t -> u -> thr -> end',
);
c['comp ref sub'] = comp(
  `<subProcess id="u"><startEvent id="i"/></subProcess>${thr('thr', 'activityRef="u"')}`,
  'start -> t -> u -> thr -> end',
);
c['comp ref gateway'] = comp(
  `<exclusiveGateway id="u"/>${thr('thr', 'activityRef="u"')}`,
  'start -> t -> u -> thr -> end',
);
c['comp ref other scope'] = comp(
  `<subProcess id="u"><startEvent id="i"/>${task('v')}${compB('b', 'v')}${H('h')}${asso('b', 'h')}</subProcess>` +
    thr('thr', 'activityRef="v"'),
  'start -> t -> u -> thr -> end',
);
c['comp ref outer scope'] = comp(
  compB('b', 't') +
    H('h') +
    asso('b', 'h') +
    `<subProcess id="u"><startEvent id="i"/>${thr('thr', 'activityRef="t"')}</subProcess>`,
  'start -> t -> u -> end',
);
c['comp ref outer scope from esp'] = comp(
  compB('b', 't') +
    H('h') +
    asso('b', 'h') +
    `<subProcess id="u" triggeredByEvent="true"><startEvent id="i"><messageEventDefinition id="md" messageRef="m"/></startEvent>${thr('thr', 'activityRef="t"')}</subProcess>`,
  'start -> t -> end',
);
c['comp ref end'] = process(
  'p',
  start() +
    task('u') +
    `<endEvent id="end"><compensateEventDefinition id="cd" activityRef="u"/></endEvent>`,
  'start -> u -> end',
);
c['comp ref end unknown'] = process(
  'p',
  start() +
    task('u') +
    `<endEvent id="end"><compensateEventDefinition id="cd" activityRef="zz"/></endEvent>`,
  'start -> u -> end',
);
c['comp def no id'] = comp(
  compB('b', 't').replace(' id="cd_b"', '') + H('h') + asso('b', 'h') + thr('thr'),
);
c['comp association to text'] = comp(
  `${compB('b', 't')}<textAnnotation id="h"/>${asso('b', 'h')}${thr('thr')}`,
);
c['comp association to gateway'] = comp(
  `${compB('b', 't')}<exclusiveGateway id="h"/>${asso('b', 'h')}${thr('thr')}`,
);
c['comp association across scope'] = comp(
  compB('b', 't') +
    `<subProcess id="u"><startEvent id="i"/>${H('h')}</subProcess>` +
    asso('b', 'h') +
    thr('thr'),
  'start -> t -> u -> thr -> end',
);
c['timer boundary with association only'] = comp(
  '<boundaryEvent id="b" attachedToRef="t"><timerEventDefinition id="td"><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent><textAnnotation id="h"/>' +
    asso('b', 'h') +
    thr('thr'),
);
// call activity
const call = (a, n = 1) =>
  around(`<callActivity id="t">${ext(`<zeebe:calledElement ${a}/>`.repeat(n))}</callActivity>`);
c['call none'] = around('<callActivity id="t"/>');
c['call two'] = call('processId="a"', 2);
c['call no id'] = call('');
c['call empty id'] = call('processId=""');
c['call bad id'] = call('processId="=a +"');
c['call feel'] = call('processId="=a"');
c['call static number'] = call('processId="12"');
c['call binding unknown'] = call('processId="a" bindingType="foo"');
c['call binding empty'] = call('processId="a" bindingType=""');
c['call binding deployment'] = call('processId="a" bindingType="deployment"');
c['call binding tag no tag'] = call('processId="a" bindingType="versionTag"');
c['call binding tag empty'] = call('processId="a" bindingType="versionTag" versionTag=""');
c['call binding tag blank'] = call('processId="a" bindingType="versionTag" versionTag=" "');
c['call binding tag'] = call('processId="a" bindingType="versionTag" versionTag="v"');
c['call latest with tag'] = call('processId="a" bindingType="latest" versionTag="v"');
c['call tag without binding'] = call('processId="a" versionTag="v"');
c['call tag empty without binding'] = call('processId="a" versionTag=""');
c['call propagate nonsense'] = call('processId="a" propagateAllChildVariables="nope"');
// multi-instance
const mi = (loop, more = '') =>
  around(
    `<serviceTask id="t">${ext('<zeebe:taskDefinition type="a"/>')}<incoming>start_t</incoming><outgoing>t_end</outgoing><multiInstanceLoopCharacteristics id="ml" ${more}>${loop}</multiInstanceLoopCharacteristics></serviceTask>`,
  );
const L = (a) => ext(`<zeebe:loopCharacteristics ${a}/>`);
c['mi none'] = mi('');
c['mi two'] = mi(
  ext(
    '<zeebe:loopCharacteristics inputCollection="=a"/><zeebe:loopCharacteristics inputCollection="=a"/>',
  ),
);
c['mi no input'] = mi(L(''));
c['mi empty input'] = mi(L('inputCollection=""'));
c['mi static input'] = mi(L('inputCollection="[1,2]"'));
c['mi bad input'] = mi(L('inputCollection="=a +"'));
c['mi output collection only'] = mi(L('inputCollection="=a" outputCollection="b"'));
c['mi output element only'] = mi(L('inputCollection="=a" outputElement="=b"'));
c['mi output element static'] = mi(
  L('inputCollection="=a" outputCollection="c" outputElement="b"'),
);
c['mi output element bad'] = mi(
  L('inputCollection="=a" outputCollection="c" outputElement="=b +"'),
);
c['mi empty outputs'] = mi(L('inputCollection="=a" outputCollection="" outputElement=""'));
c['mi condition static'] = mi(
  `${L('inputCollection="=a"')}<completionCondition>true</completionCondition>`,
);
c['mi condition bad'] = mi(
  `${L('inputCollection="=a"')}<completionCondition>=a +</completionCondition>`,
);
c['mi condition empty'] = mi(
  `${L('inputCollection="=a"')}<completionCondition></completionCondition>`,
);
c['mi condition good'] = mi(
  `${L('inputCollection="=a"')}<completionCondition>=a</completionCondition>`,
);
c['mi odd element name'] = mi(
  L('inputCollection="=a" inputElement="a b" outputCollection="c d" outputElement="=b"'),
);
c['mi cardinality'] = mi(`${L('inputCollection="=a"')}<loopCardinality>3</loopCardinality>`);
c['standard loop'] = around(
  `<serviceTask id="t">${ext('<zeebe:taskDefinition type="a"/>')}<incoming>start_t</incoming><outgoing>t_end</outgoing><standardLoopCharacteristics id="ml"/></serviceTask>`,
);
// gateways
c['inclusive conditions'] = process(
  'p',
  `${start()}<inclusiveGateway id="g"/>${end()}${end('e2')}`,
  'start -> g; g -> end; g -[=a]-> e2',
);
c['inclusive default foreign'] = process(
  'p',
  `${start()}<inclusiveGateway id="g" default="start_g"/>${end()}`,
  'start -> g -> end',
);
c['inclusive join'] = process(
  'p',
  `${start()}<inclusiveGateway id="g"/><inclusiveGateway id="j"/>${end()}`,
  'start -> g; g -[=a]-> j; g -[default]-> j; j -> end',
).replace('id="g_j"', 'id="g_j2"');
c['condition static'] = process(
  'p',
  `${start()}<inclusiveGateway id="g"/>${end()}${end('e2')}`,
  'start -> g; g -[a]-> end; g -[=a]-> e2',
);
export const cases = c;
