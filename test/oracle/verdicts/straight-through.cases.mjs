// Models that are deployed one by one; what the reference says to them is in verdicts.golden.json.
import { end, ext, inner, bpmn as process, start } from '../scenarios/text-model.mjs';

const _around = (el, rest = '', flows = 'start -> t -> end') =>
  process('p', start() + el + end(), flows, rest);
const MSG = `<message id="m" name="m">${ext('<zeebe:subscription correlationKey="=k"/>')}</message>`;
const c = {};
const L = (a) => ext(`<zeebe:loopCharacteristics ${a}/>`);
const EL = (...l) =>
  `<zeebe:executionListeners>${l.map(([e, t, r]) => `<zeebe:executionListener ${e === null ? '' : `eventType="${e}"`} ${t === null ? '' : `type="${t}"`} ${r === undefined ? '' : `retries="${r}"`}/>`).join('')}</zeebe:executionListeners>`;
// straight-through loops
const loop = (els, flows) => process('p', start() + els + end(), flows);
c['loop manual'] = loop(
  '<manualTask id="a"/><exclusiveGateway id="g"/>',
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop throw only'] = loop(
  '<intermediateThrowEvent id="a"/><exclusiveGateway id="g"/>',
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop manual and throw'] = loop(
  '<manualTask id="m"/><intermediateThrowEvent id="a"/><exclusiveGateway id="g"/>',
  'start -> m -> a -> g; g -[=x]-> m; g -[default]-> end',
);
c['loop manual and inclusive'] = loop(
  '<manualTask id="m"/><inclusiveGateway id="g"/>',
  'start -> m -> g; g -[=x]-> m; g -[default]-> end',
);
c['loop manual and call'] = loop(
  `<manualTask id="m"/><callActivity id="ca">${ext('<zeebe:calledElement processId="p"/>')}</callActivity><exclusiveGateway id="g"/>`,
  'start -> m -> ca -> g; g -[=x]-> m; g -[default]-> end',
);
c['loop call itself'] = loop(
  `<callActivity id="ca">${ext('<zeebe:calledElement processId="p"/>')}</callActivity>`,
  'start -> ca -> end',
);
c['loop link'] = loop(
  '<manualTask id="m"/><intermediateThrowEvent id="a"><incoming>m_a</incoming><linkEventDefinition id="l1" name="x"/></intermediateThrowEvent><intermediateCatchEvent id="b"><outgoing>b_m</outgoing><linkEventDefinition id="l2" name="x"/></intermediateCatchEvent>',
  'start -> m -> a; b -> m',
);
c['loop mi manual'] = loop(
  `<manualTask id="a"><incoming>start_a</incoming><outgoing>a_g</outgoing><multiInstanceLoopCharacteristics id="ml">${L('inputCollection="=a"')}</multiInstanceLoopCharacteristics></manualTask><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop manual with listener'] = loop(
  `<manualTask id="a">${ext(EL(['start', 'x']))}</manualTask><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop script feel'] = loop(
  `<scriptTask id="a">${ext('<zeebe:script expression="=1" resultVariable="r"/>')}</scriptTask><exclusiveGateway id="g"/>`,
  'start -> a -> g; g -[=x]-> a; g -[default]-> end',
);
c['loop manual and script'] = loop(
  `<manualTask id="m"/><scriptTask id="a">${ext('<zeebe:script expression="=1" resultVariable="r"/>')}</scriptTask><exclusiveGateway id="g"/>`,
  'start -> m -> a -> g; g -[=x]-> m; g -[default]-> end',
);
c['loop esp'] = process(
  'p',
  start() +
    end() +
    `<subProcess id="u" triggeredByEvent="true"><startEvent id="i"><messageEventDefinition id="md" messageRef="m"/></startEvent>${loop('<manualTask id="m1"/><exclusiveGateway id="g"/>', '').match(/<manual.*<exclusiveGateway id="g"\/>/)[0]}${inner('i -> m1 -> g; g -> m1')}</subProcess>`,
  'start -> end',
  MSG,
);
c['loop multi sub'] = loop(
  `<manualTask id="m"/><subProcess id="s"><startEvent id="i"/></subProcess><exclusiveGateway id="g"/>`,
  'start -> m -> s -> g; g -[=x]-> m; g -[default]-> end',
);
export const cases = c;
