// Models that a deployment refuses (or, surprisingly, takes): one rule each, for the text of the answer.
import {
  and,
  bpmn,
  caught,
  deploy,
  end,
  error,
  fail,
  file,
  headers,
  job,
  node,
  onError,
  pass,
  processElement,
  script,
  start,
  stop,
  sub,
  tag,
  user,
  xor,
} from './model.mjs';

const around = (...nodes) => [start(), ...nodes, end()];
const boundary = (id, attachedToRef, inside = '', at = {}) =>
  node('boundaryEvent', id, { at: { attachedToRef, ...at }, inside });
const timer = '<timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>';
/** A scenario that deploys one model. */
const check = (id, nodes, flows, rest, parts) => (t) => deploy(t, id, nodes, flows, rest, parts);
/** A scenario that deploys one task between start and end. */
const checkTask = (id, task) => check(id, around(task), `start -> ${task.id} -> end`);
const raw =
  (id, xml, rest = '') =>
  (t) =>
    t.deploy({ [`${id}.bpmn`]: file(xml, rest) });

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'definitions: no process': raw('no-process', ''),
  'process: no id': raw('no-id', '<process isExecutable="true"><startEvent id="s"/></process>'),
  'process: empty id': raw(
    'empty-id',
    '<process id="" isExecutable="true"><startEvent id="s"/></process>',
  ),
  'process: blank id': raw(
    'blank-id',
    '<process id=" " isExecutable="true"><startEvent id="s"/></process>',
  ),
  'process: no start event': check('no-start', [job('a')]),
  'process: nothing in it': check('nothing', []),
  'process: two none start events': check(
    'two-starts',
    [start('s1'), start('s2'), end()],
    's1 -> end; s2 -> end',
  ),
  'process: two elements with one id': check(
    'same-id',
    [start(), pass('a'), pass('a')],
    'start -> a',
  ),
  'element: without id': check('element-id', [start(), '<task/>']),
  'start event: incoming flow': check('start-in', [start(), pass('a')], 'start -> a; a -> start'),
  'start event: two definitions': check('start-two', [start('start', { inside: timer + timer })]),
  'start event: terminate definition': check('start-stop', [
    start('start', { inside: '<terminateEventDefinition/>' }),
  ]),
  'start event: error definition': check(
    'start-error',
    [start('start', { inside: onError('E') })],
    '',
    error('E'),
  ),
  'end event: outgoing flow': check('end-out', [start(), end(), pass('a')], 'start -> end -> a'),
  'end event: two definitions': check(
    'end-two',
    [start(), end('end', { inside: '<terminateEventDefinition/><terminateEventDefinition/>' })],
    'start -> end',
  ),
  'end event: timer definition': check(
    'end-timer',
    [start(), end('end', { inside: timer })],
    'start -> end',
  ),
  'end event: error without reference': check('end-noref', [start(), fail('bad')], 'start -> bad'),
  'end event: error reference to nothing': check(
    'end-badref',
    [start(), fail('bad', 'E')],
    'start -> bad',
  ),
  'end event: error without code': check(
    'end-nocode',
    [start(), fail('bad', 'E')],
    'start -> bad',
    '<error id="E"/>',
  ),
  'end event: error with empty code': check(
    'end-emptycode',
    [start(), fail('bad', 'E')],
    'start -> bad',
    error('E', ''),
  ),
  'end event: error code is a broken expression': check(
    'end-feel',
    [start(), fail('bad', 'E')],
    'start -> bad',
    error('E', '=1 +'),
  ),
  'terminate end event: outgoing flow': check(
    'stop-out',
    [start(), stop(), pass('a')],
    'start -> stop -> a',
  ),
  'boundary: no definition': check(
    'b-none',
    [...around(job('a')), boundary('b', 'a')],
    'start -> a -> end; b -> end',
  ),
  'boundary: two definitions': check(
    'b-two',
    [...around(job('a')), boundary('b', 'a', onError('E') + onError('F'))],
    'start -> a -> end; b -> end',
    error('E') + error('F'),
  ),
  'boundary: not attached': check(
    'b-loose',
    [...around(job('a')), node('boundaryEvent', 'b', { inside: onError('E') })],
    'start -> a -> end; b -> end',
    error('E'),
  ),
  'boundary: attached to nothing': check(
    'b-lost',
    [...around(job('a')), caught('b', 'x', 'E')],
    'start -> a -> end; b -> end',
    error('E'),
  ),
  'boundary: attached to an event': check(
    'b-event',
    [...around(job('a')), caught('b', 'end', 'E')],
    'start -> a -> end; b -> end',
    error('E'),
  ),
  'boundary: no outgoing flow': check(
    'b-noflow',
    [...around(job('a')), caught('b', 'a', 'E')],
    'start -> a -> end',
    error('E'),
  ),
  'boundary: incoming flow': check(
    'b-in',
    [...around(job('a')), caught('b', 'a', 'E')],
    'start -> a -> end; b -> end; a -> b',
    error('E'),
  ),
  'boundary: error, not interrupting': check(
    'b-non',
    [...around(job('a')), boundary('b', 'a', onError('E'), { cancelActivity: 'false' })],
    'start -> a -> end; b -> end',
    error('E'),
  ),
  'boundary: two with one code': check(
    'b-same',
    [...around(job('a')), caught('b1', 'a', 'E'), caught('b2', 'a', 'E')],
    'start -> a -> end; b1 -> end; b2 -> end',
    error('E'),
  ),
  'boundary: two catch-alls': check(
    'b-all',
    [...around(job('a')), caught('b1', 'a'), caught('b2', 'a')],
    'start -> a -> end; b1 -> end; b2 -> end',
  ),
  'boundary: two errors with the same code': check(
    'b-code',
    [...around(job('a')), caught('b1', 'a', 'E'), caught('b2', 'a', 'F')],
    'start -> a -> end; b1 -> end; b2 -> end',
    error('E', 'X') + error('F', 'X'),
  ),
  'boundary: error code is an expression': check(
    'b-feel',
    [...around(job('a')), caught('b', 'a', 'E')],
    'start -> a -> end; b -> end',
    error('E', '=code'),
  ),
  'boundary: error reference to nothing': check(
    'b-badref',
    [...around(job('a')), caught('b', 'a', 'E')],
    'start -> a -> end; b -> end',
  ),
  'boundary: error without code': check(
    'b-nocode',
    [...around(job('a')), caught('b', 'a', 'E')],
    'start -> a -> end; b -> end',
    '<error id="E"/>',
  ),
  'sub-process: empty': check('sub-empty', around(sub('p', [])), 'start -> p -> end'),
  'sub-process: no start event': check(
    'sub-nostart',
    around(sub('p', [pass('a')])),
    'start -> p -> end',
  ),
  'sub-process: two start events': check(
    'sub-two',
    around(sub('p', [start('s1'), start('s2')])),
    'start -> p -> end',
  ),
  'sub-process: start event with a timer': check(
    'sub-timer',
    around(sub('p', [start('s1', { inside: timer })])),
    'start -> p -> end',
  ),
  'sub-process: flow across its border': check(
    'sub-cross',
    around(sub('p', [start('in'), pass('x')], 'in -> x'), pass('a')),
    'start -> p -> end; x -> a',
  ),
  'gateway: two flows, one without condition, no default': check(
    'g-nocond',
    [start(), xor('g'), end('a'), end('b')],
    'start -> g; g -> a ? =n; g -> b',
  ),
  'gateway: default flow of another element': check(
    'g-default',
    [start(), xor('g', { at: { default: 'start_g' } }), end('a'), end('b')],
    'start -> g; g -> a ? =n; g -> b ? =m',
  ),
  'gateway: default flow that does not exist': check(
    'g-lost',
    [start(), xor('g', { at: { default: 'nothing' } }), end('a'), end('b')],
    'start -> g; g -> a ? =n; g -> b ? =m',
  ),
  'gateway: default flow with a condition': check(
    'g-both',
    [start(), xor('g', { at: { default: 'g_b' } }), end('a'), end('b')],
    'start -> g; g -> a ? =n; g -> b ? =m',
  ),
  'gateway: condition does not parse': check(
    'g-broken',
    [start(), xor('g'), end('a'), end('b')],
    'start -> g; g -> a ? =n >; g -> b ? else',
  ),
  'gateway: empty condition': check(
    'g-empty',
    [
      start(),
      xor('g'),
      end('a'),
      end('b'),
      '<sequenceFlow id="x" sourceRef="g" targetRef="b"><conditionExpression/></sequenceFlow>',
    ],
    'start -> g; g -> a ? else',
  ),
  'parallel gateway: condition on a flow': check(
    'g-and',
    [start(), and('g'), end('a'), end('b')],
    'start -> g; g -> a ? =n; g -> b',
  ),
  'task: condition on its flow': check('t-cond', around(pass('a')), 'start -> a; a -> end ? =n'),
  'start event: condition on its flow': check('s-cond', [start(), end()], 'start -> end ? =n'),
  'flow: source does not exist': check(
    'f-source',
    [start(), end(), '<sequenceFlow id="x" sourceRef="nothing" targetRef="end"/>'],
    'start -> end',
  ),
  'flow: target does not exist': check(
    'f-target',
    [start(), end(), '<sequenceFlow id="x" sourceRef="start" targetRef="nothing"/>'],
    'start -> end',
  ),
  'flow: no source': check(
    'f-none',
    [start(), end(), '<sequenceFlow id="x" targetRef="end"/>'],
    'start -> end',
  ),
  'service task: no definition': checkTask('j-none', node('serviceTask', 'a')),
  'service task: definition without type': checkTask(
    'j-notype',
    node('serviceTask', 'a', { ext: tag('zeebe:taskDefinition') }),
  ),
  'service task: empty type': checkTask('j-empty', job('a', { type: '' })),
  'service task: blank type': checkTask('j-blank', job('a', { type: ' ' })),
  'service task: only an equals sign as type': checkTask('j-equals', job('a', { type: '=' })),
  'service task: type does not parse': checkTask('j-broken', job('a', { type: '=a +' })),
  'service task: retries do not parse': checkTask('j-retries', job('a', { retries: '=a +' })),
  'service task: empty retries': checkTask('j-noretries', job('a', { retries: '' })),
  'service task: two definitions': checkTask(
    'j-two',
    job('a', { ext: tag('zeebe:taskDefinition', { type: 'b' }) }),
  ),
  'service task: two blocks of mappings': checkTask(
    'j-maps',
    job('a', { ext: '<zeebe:ioMapping/>', io: { inputs: { x: '=1' } } }),
  ),
  'service task: script instead of a definition': checkTask(
    'j-script',
    node('serviceTask', 'a', {
      ext: tag('zeebe:script', { expression: '=1', resultVariable: 'r' }),
    }),
  ),
  'headers: reserved key': checkTask(
    'h-reserved',
    job('a', { ext: headers(['io.camunda.zeebe:x', '1']) }),
  ),
  'headers: doubled key': checkTask('h-double', job('a', { ext: headers(['k', '1'], ['k', '2']) })),
  'headers: no key, no value': checkTask(
    'h-none',
    job('a', { ext: '<zeebe:taskHeaders><zeebe:header/></zeebe:taskHeaders>' }),
  ),
  'send task: neither definition nor message': checkTask('n-none', node('sendTask', 'a')),
  'business rule task: neither': checkTask('r-none', node('businessRuleTask', 'a')),
  'business rule task: both': checkTask(
    'r-both',
    job('a', {
      kind: 'businessRuleTask',
      ext: tag('zeebe:calledDecision', { decisionId: 'd', resultVariable: 'r' }),
    }),
  ),
  'script task: neither': checkTask('s-none', node('scriptTask', 'a')),
  'script task: both': checkTask(
    's-both',
    job('a', {
      kind: 'scriptTask',
      ext: tag('zeebe:script', { expression: '=1', resultVariable: 'r' }),
    }),
  ),
  'script task: no expression': checkTask(
    's-noexpr',
    node('scriptTask', 'a', { ext: tag('zeebe:script', { resultVariable: 'r' }) }),
  ),
  'script task: static expression': checkTask('s-static', script('a', 'x', 'r')),
  'script task: expression does not parse': checkTask('s-broken', script('a', '=x +', 'r')),
  'script task: no result variable': checkTask(
    's-noresult',
    node('scriptTask', 'a', { ext: tag('zeebe:script', { expression: '=1' }) }),
  ),
  'script task: empty result variable': checkTask('s-emptyresult', script('a', '=1', '')),
  'script task: result variable with a space and a path': async (t) => {
    await checkTask('s-space', script('a', '=1', 'a b'))(t);
    await checkTask('s-path', script('a', '=1', 'a.b'))(t);
    await t.create('s-space');
    await t.create('s-path');
  },
  'user task: empty form key': checkTask(
    'u-form',
    user('a', { ext: tag('zeebe:formDefinition', { formKey: '' }) }),
  ),
  'user task: form without key': checkTask(
    'u-noform',
    user('a', { ext: tag('zeebe:formDefinition') }),
  ),
  'user task: due date is no date': checkTask(
    'u-due',
    user('a', { ext: tag('zeebe:taskSchedule', { dueDate: 'tomorrow' }) }),
  ),
  'user task: due date without zone': checkTask(
    'u-zone',
    user('a', { ext: tag('zeebe:taskSchedule', { dueDate: '2026-01-02T03:04:05' }) }),
  ),
  'user task: follow-up date does not parse': checkTask(
    'u-follow',
    user('a', { ext: tag('zeebe:taskSchedule', { followUpDate: '=a +' }) }),
  ),
  'user task: candidates no list': checkTask(
    'u-csv',
    user('a', { ext: tag('zeebe:assignmentDefinition', { candidateGroups: 'a,,b' }) }),
  ),
  'user task: empty candidates and assignee': checkTask(
    'u-empty',
    user('a', {
      ext: tag('zeebe:assignmentDefinition', {
        candidateGroups: '',
        candidateUsers: '',
        assignee: '',
      }),
    }),
  ),
  'user task: expression of the assignee does not parse': checkTask(
    'u-broken',
    user('a', { ext: tag('zeebe:assignmentDefinition', { assignee: '=a +' }) }),
  ),
  'mapping: no source': checkTask(
    'm-source',
    job('a', { ext: '<zeebe:ioMapping><zeebe:input target="x"/></zeebe:ioMapping>' }),
  ),
  'mapping: no target': checkTask(
    'm-target',
    job('a', { ext: '<zeebe:ioMapping><zeebe:input source="=1"/></zeebe:ioMapping>' }),
  ),
  'mapping: empty source of an output': checkTask(
    'm-out',
    job('a', { ext: '<zeebe:ioMapping><zeebe:output source="" target="x"/></zeebe:ioMapping>' }),
  ),
  'loop: of undefined tasks only': check(
    'l-tasks',
    [start(), pass('a'), pass('b')],
    'start -> a -> b -> a',
  ),
  'loop: of gateways and manual tasks': check(
    'l-gateways',
    [start(), xor('g'), node('manualTask', 'm'), xor('h'), end()],
    'start -> g -> m -> h; h -> g ? =n; h -> end ? else',
  ),
  'loop: with a job in it is fine': check(
    'l-job',
    [start(), xor('g'), job('m'), xor('h'), end()],
    'start -> g -> m -> h; h -> g ? =n; h -> end ? else',
  ),
  'loop: with a script in it is fine': check(
    'l-script',
    [start(), xor('g'), script('m', '=1'), xor('h'), end()],
    'start -> g -> m -> h; h -> g ? =n; h -> end ? else',
  ),
  'loop: through a parallel join': check(
    'l-join',
    [start(), xor('g'), and('f'), pass('a'), job('b'), and('j'), xor('h'), end()],
    'start -> g -> f; f -> a -> j; f -> b -> j; j -> h; h -> g ? =n; h -> end ? else',
  ),
  'loop: inside a sub-process, and around one': async (t) => {
    await deploy(
      t,
      'l-sub',
      around(sub('p', [start('in'), pass('a'), pass('b')], 'in -> a -> b -> a')),
      'start -> p -> end',
    );
    await deploy(
      t,
      'l-around',
      [start(), pass('a'), sub('p', [start('in')]), xor('h'), end()],
      'start -> a -> p -> h; h -> a ? =n; h -> end ? else',
    );
  },
  'loop: two of them in one process, and in two': async (t) => {
    await deploy(
      t,
      'l-two',
      [start(), pass('a'), pass('b'), pass('c'), pass('d')],
      'start -> a -> b -> a; start -> c -> d -> c',
    );
    await t.deploy({
      'l.bpmn': file(
        ...['l-p', 'l-q'].map((id) =>
          processElement(
            id,
            [start(`${id}s`), pass(`${id}a`), pass(`${id}b`)],
            `${id}s -> ${id}a -> ${id}b -> ${id}a`,
          ),
        ),
      ),
    });
  },
  'loop: to itself': check('l-self', [start(), pass('a')], 'start -> a; a -> a'),
  'several errors in one element': checkTask('e-many', job('a', { type: '', retries: '=1 +' })),
  'data objects, stores, annotations, groups, lanes are not looked at': async (t) => {
    const lanes = '<laneSet id="ls"><lane id="l"/></laneSet>';
    const rest =
      '<sequenceFlow id="flow" sourceRef="start" targetRef="end"/><dataObject id="d"/><dataObjectReference id="dr" dataObjectRef="d"/>' +
      '<textAnnotation id="ta"><text>x</text></textAnnotation><group id="g"/><association id="as" sourceRef="start" targetRef="ta"/>';
    await deploy(t, 'artifacts', [lanes, start(), end(), rest]);
    await t.create('artifacts');
  },
  'foreign extensions and attributes are not looked at': async (t) => {
    const xml = bpmn(
      'foreign',
      around(
        job('a', {
          ext: '<x:y xmlns:x="urn:x" z="1"><x:w/></x:y>',
          at: { 'xmlns:q': 'urn:q', 'q:z': '1' },
        }),
      ),
      'start -> a -> end',
    );
    await t.deploy({ 'foreign.bpmn': xml });
  },
};
