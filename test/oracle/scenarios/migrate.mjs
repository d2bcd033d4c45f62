// Migrating instances to another definition: what may be mapped, what goes along, every refusal. Recorded on the reference broker.
import { bpmn, end, ext, inner, ioMapping, start, task, xmlText } from './text-model.mjs';

const sub = (id, elements, flows, attributes = '') =>
  `<subProcess id="${id}" ${attributes}>${elements}${inner(flows)}</subProcess>`;
const loop = (sequential = false) =>
  `<multiInstanceLoopCharacteristics isSequential="${sequential}">${ext('<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>')}</multiInstanceLoopCharacteristics>`;
const call = (id, calledId) =>
  `<callActivity id="${id}">${ext(`<zeebe:calledElement processId="${calledId}" propagateAllChildVariables="false"/>`)}</callActivity>`;
const native = (id) => `<userTask id="${id}">${ext('<zeebe:userTask/>')}</userTask>`;
const one = (id, element, ids) => bpmn(id, start() + element + end(), `start -> ${ids} -> end`);
const script = (id, expression = '=1') =>
  `<scriptTask id="${id}">${ext(`<zeebe:script expression="${xmlText(expression)}" resultVariable="r"/>`)}</scriptTask>`;
const jobOf = (kind, id, type = id) =>
  `<${kind} id="${id}">${ext(`<zeebe:taskDefinition type="${type}"/>`)}</${kind}>`;

/** Deploys a file and answers the key of its only process. */
const definition = async (t, name, xml) =>
  (await t.deploy({ [`${name}.bpmn`]: xml })).deployments?.[0]?.process.processDefinitionKey;
/** Deploys the source, starts an instance, deploys the target. */
const prepared = async (t, id, source, target, variables) => {
  await definition(t, id, source);
  const instance = await t.create(id, { variables });
  return { instance, target: await definition(t, `${id}-to`, target) };
};
const unknown = String(2n ** 51n + 99_999_999n);

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'migrate: unknown instance, unknown definition': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-unknown',
      one('g-unknown', task('a'), 'a'),
      one('g-unknown-to', task('a'), 'a'),
    );
    await t.migrate(unknown, target, { a: 'a' });
    await t.migrate(instance, unknown, { a: 'a' });
    await t.migrate(instance, '0', { a: 'a' });
    await t.migrate('0', target, { a: 'a' });
    await t.call('MigrateProcessInstance', { processInstanceKey: instance });
  },
  'migrate: mappings that cannot be': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-mappings',
      one('g-mappings', task('a') + task('b'), 'a -> b'),
      one('g-mappings-to', task('c') + task('d'), 'c -> d'),
    );
    const plan = (...pairs) =>
      t.call('MigrateProcessInstance', {
        processInstanceKey: instance,
        migrationPlan: {
          targetProcessDefinitionKey: target,
          mappingInstructions: pairs.map(([sourceElementId, targetElementId]) => ({
            sourceElementId,
            targetElementId,
          })),
        },
      });
    await plan(['a', 'c'], ['b', 'd'], ['a', 'd'], ['b', 'c']);
    await plan(['x', 'c'], ['a', 'c'], ['y', 'd']);
    await plan(['a', 'x'], ['b', 'y']);
    await plan(['a', 'x'], ['y', 'c']);
    await plan(['', '']);
    await plan(['b', 'd']);
    await plan(['a', 'c'], ['b', 'c']);
  },
  'migrate: another process, variables on every scope': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-scopes',
      one(
        'g-scopes',
        sub(
          's',
          start('s1') +
            task('a', 'a', { extensions: ioMapping({ inputs: { v: '=1' } }) }) +
            end('e1'),
          's1 -> a -> e1',
        ),
        's',
      ),
      one(
        'g-scopes-to',
        sub('u', start('s1') + task('b', 'other') + task('c') + end('e1'), 's1 -> b -> c -> e1'),
        'u',
      ),
      { n: 1 },
    );
    await t.setVariables(t.element('s'), { inner: true }, true);
    const [job] = await t.activate('a');
    await t.migrate(instance, target, { s: 'u', a: 'b' });
    await t.complete(job, { done: 1 });
    await t.work('c');
  },
  'migrate: to its own definition, and back': async (t) => {
    const own = await definition(t, 'g-own', one('g-own', task('a') + task('b'), 'a -> b'));
    const instance = await t.create('g-own');
    await t.migrate(instance, own, { a: 'a' });
    await t.migrate(instance, own, { a: 'b' });
    const next = await definition(t, 'g-own', one('g-own', task('b') + task('c'), 'b -> c'));
    await t.migrate(instance, next, { b: 'c' });
    await t.migrate(instance, own, { c: 'a' });
    await t.work('a');
    await t.work('b');
  },
  'migrate: running instances are counted for the new definition': async (t) => {
    const from = await definition(t, 'g-count', one('g-count', task('a'), 'a'));
    const instance = await t.create('g-count');
    const to = await definition(t, 'g-count2', one('g-count2', task('a'), 'a'));
    await t.deleteResource(from);
    await t.migrate(instance, to, { a: 'a' });
    await t.deleteResource(to);
    await t.deleteResource(from);
    await t.work('a');
    await t.deleteResource(to);
  },
  'migrate: the type of an element stays': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-type',
      one('g-type', task('a'), 'a'),
      one(
        'g-type-to',
        jobOf('sendTask', 'a') + native('b') + sub('c', start('s1') + end('e1'), 's1 -> e1'),
        'a -> b -> c',
      ),
    );
    await t.migrate(instance, target, { a: 'a' });
    await t.migrate(instance, target, { a: 'b' });
    await t.migrate(instance, target, { a: 'c' });
    await t.migrate(instance, target, { a: 'start' });
    await t.migrate(instance, target, { a: 'g-type-to' });
    await t.migrate(instance, target, { a: 'start_a' });
  },
  'migrate: the flow scope of an element stays': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-scope',
      one('g-scope', task('a'), 'a'),
      one(
        'g-scope-to',
        task('b') + sub('s', start('s1') + task('a') + end('e1'), 's1 -> a -> e1'),
        'b -> s',
      ),
    );
    await t.migrate(instance, target, { a: 'a' });
    const inside = await t.create('g-scope-to', {});
    await t.work('b');
    await t.migrate(inside, await definition(t, 'g-scope3', one('g-scope3', task('a'), 'a')), {
      a: 'a',
    });
    await t.migrate(
      inside,
      await definition(
        t,
        'g-scope4',
        one('g-scope4', task('a') + sub('s', start('s1') + end('e1'), 's1 -> e1'), 'a -> s'),
      ),
      { a: 'a', s: 's' },
    );
  },
  'migrate: tasks of workers of every kind': async (t) => {
    const kinds = ['sendTask', 'scriptTask', 'businessRuleTask', 'userTask'];
    const elements = (prefix) =>
      kinds
        .map((kind) =>
          kind === 'userTask'
            ? `<userTask id="${prefix}userTask"/>`
            : jobOf(kind, prefix + kind, 'g-kinds'),
        )
        .join('');
    const model = (id, prefix) =>
      bpmn(
        id,
        `${start()}<parallelGateway id="fork"/>${elements(prefix)}${end()}`,
        `start -> fork; ${kinds.map((kind) => `fork -> ${prefix}${kind} -> end`).join('; ')}`,
      );
    const { instance, target } = await prepared(
      t,
      'g-kinds',
      model('g-kinds', 'a'),
      model('g-kinds-to', 'b'),
    );
    await t.migrate(
      instance,
      target,
      Object.fromEntries(kinds.map((kind) => [`a${kind}`, `b${kind}`])),
    );
    await t.work('g-kinds');
    await t.work('io.camunda.zeebe:userTask');
    await t.cancel(instance);
  },
  'migrate: native user tasks go along, their implementation stays': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-user',
      one('g-user', native('a'), 'a'),
      one('g-user-to', `${native('b')}<userTask id="c"/>`, 'b -> c'),
    );
    await t.migrate(instance, target, { a: 'c' });
    await t.migrate(instance, target, { a: 'b' });
    const job = await prepared(
      t,
      'g-user2',
      one('g-user2', '<userTask id="a"/>', 'a'),
      one('g-user2-to', `${native('b')}<userTask id="c"/>`, 'b -> c'),
    );
    await t.migrate(job.instance, job.target, { a: 'b' });
    await t.migrate(job.instance, job.target, { a: 'c' });
  },
  'migrate: incidents go along': async (t) => {
    const model = (id, gw, a) =>
      bpmn(
        id,
        start() +
          '<parallelGateway id="fork"/>' +
          `<exclusiveGateway id="${gw}"/>` +
          task(a, 'g-incidents') +
          task('yes') +
          end(),
        `start -> fork -> ${gw}; ${gw} -[=amount > 10]-> yes -> end; ${gw} -[=amount <= 10]-> end; fork -> ${a} -> end`,
      );
    await definition(t, 'g-incidents', model('g-incidents', 'gw', 'a'));
    const instance = await t.create('g-incidents');
    const [job] = await t.activate('g-incidents');
    await t.fail(job, { errorMessage: 'broken' });
    const target = await definition(t, 'g-incidents-to', model('g-incidents-to', 'gate', 'b'));
    await t.migrate(instance, target, { gw: 'gate', a: 'b' });
    await t.setVariables(instance, { amount: 11 });
    for (const { key } of t.records.filter(
      (r) => r.valueType === 'INCIDENT' && r.intent === 'CREATED',
    ))
      await t.resolve(key);
  },
  'migrate: an element whose activation failed': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-failed',
      one('g-failed', task('a', '=kind'), 'a'),
      one('g-failed-to', task('b', '=sort'), 'b'),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.setVariables(instance, { sort: 'g-failed' });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await t.work('g-failed');
  },
  'migrate: a call activity and the instance it called': async (t) => {
    await definition(t, 'g-called', one('g-called', task('x'), 'x'));
    const { instance, target } = await prepared(
      t,
      'g-caller',
      one('g-caller', call('a', 'g-called'), 'a'),
      one('g-caller-to', call('b', 'g-other') + task('c'), 'b -> c'),
    );
    await t.migrate(instance, target, { a: 'b' });
    const child = t.element('g-called');
    await t.migrate(
      child,
      await definition(t, 'g-called', one('g-called', task('y') + task('z'), 'y -> z')),
      { x: 'y' },
    );
    await t.work('x');
    await t.work('z');
    await t.work('c');
  },
  'migrate: a call activity in an incident calls what the target calls': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-caller2',
      one('g-caller2', call('a', 'g-missing'), 'a'),
      one('g-caller2-to', call('b', 'g-present'), 'b'),
    );
    await t.migrate(instance, target, { a: 'b' });
    await definition(t, 'g-present', one('g-present', task('x'), 'x'));
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await t.work('x');
  },
  'migrate: parallel rounds': async (t) => {
    const rounds = (id, task_, sequential, collection = 'items') =>
      `<serviceTask id="${id}">${ext(`<zeebe:taskDefinition type="${task_}"/>`)}<multiInstanceLoopCharacteristics isSequential="${sequential}">${ext(`<zeebe:loopCharacteristics inputCollection="=${collection}" inputElement="item"/>`)}</multiInstanceLoopCharacteristics></serviceTask>`;
    const { instance, target } = await prepared(
      t,
      'g-rounds',
      one('g-rounds', rounds('a', 'g-rounds', false), 'a'),
      one(
        'g-rounds-to',
        rounds('b', 'g-rounds-to', false) + rounds('c', 'g-rounds-to', true) + task('d'),
        'b -> c -> d',
      ),
      { items: [1, 2] },
    );
    await t.migrate(instance, target, { a: 'c' });
    await t.migrate(instance, target, { a: 'd' });
    await t.migrate(instance, target, { a: 'b' });
    await t.work('g-rounds');
    await t.work('g-rounds');
  },
  'migrate: sequential rounds go on with the list of the target': async (t) => {
    const rounds = (id, type, collection) =>
      `<serviceTask id="${id}">${ext(`<zeebe:taskDefinition type="${type}"/>`)}<multiInstanceLoopCharacteristics isSequential="true">${ext(`<zeebe:loopCharacteristics inputCollection="=${collection}" inputElement="${collection}Item"/>`)}</multiInstanceLoopCharacteristics></serviceTask>`;
    const { instance, target } = await prepared(
      t,
      'g-rounds2',
      one('g-rounds2', rounds('a', 'g-rounds2', 'first'), 'a'),
      one('g-rounds2-to', rounds('b', 'g-rounds2-to', 'second'), 'b'),
      { first: [1, 2] },
    );
    await t.setVariables(instance, { second: [7, 8, 9] });
    await t.migrate(instance, target, { a: 'b' });
    await t.work('g-rounds2');
    await t.work('g-rounds2-to');
    await t.work('g-rounds2-to');
  },
  'migrate: sub-processes in rounds': async (t) => {
    const rounds = (id, x) =>
      sub(id, loop() + start('s1') + task(x, 'g-subs') + end('e1'), `s1 -> ${x} -> e1`);
    const { instance, target } = await prepared(
      t,
      'g-subs',
      one('g-subs', rounds('a', 'x'), 'a'),
      one('g-subs-to', rounds('b', 'y'), 'b'),
      { items: [1, 2] },
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.migrate(instance, target, { a: 'b', x: 'y' });
    await t.work('g-subs');
    await t.work('g-subs');
  },
  'migrate: a join that some flows have reached': async (t) => {
    const model = (id) =>
      bpmn(
        id,
        start() +
          '<parallelGateway id="fork"/>' +
          task('a') +
          task('b') +
          '<parallelGateway id="join"/>' +
          end(),
        'start -> fork -> a -> join -> end; fork -> b -> join',
      );
    await definition(t, 'g-join', model('g-join'));
    const instance = await t.create('g-join');
    await t.work('a');
    const target = await definition(t, 'g-join-to', model('g-join-to'));
    await t.migrate(instance, target, { b: 'b' });
    await t.migrate(instance, target, { b: 'b', join: 'join' });
    await t.work('b');
  },
  'migrate: execution listeners at work': async (t) => {
    const heard = (id) =>
      `<serviceTask id="${id}">${ext(`<zeebe:taskDefinition type="${id}"/>`, '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="g-listen"/><zeebe:executionListener eventType="end" type="g-listen-end"/></zeebe:executionListeners>')}</serviceTask>`;
    const { instance, target } = await prepared(
      t,
      'g-listen',
      one('g-listen', heard('a'), 'a'),
      one('g-listen-to', heard('b'), 'b'),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.work('g-listen');
    await t.work('b');
    await t.work('g-listen-end');
  },
  'migrate: a script in an incident': async (t) => {
    const { instance, target } = await prepared(
      t,
      'g-script',
      one('g-script', script('a', '=assert(x, x != null)'), 'a'),
      one('g-script-to', script('b', '=assert(y, y != null)') + jobOf('scriptTask', 'c'), 'b -> c'),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.setVariables(instance, { y: 2 });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
  },
};
