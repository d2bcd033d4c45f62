// Variables: where a value goes, which events it makes, and values and names of every form.
import {
  and,
  deploy,
  deployTask,
  end,
  incident,
  job,
  node,
  pass,
  start,
  sub,
  unknownKey,
} from './model.mjs';

/** A task in two nested sub-processes; `v` exists in the scopes that are given. */
function nested(t, id, { outer, inner, own } = {}) {
  const having = (value) => (value === undefined ? {} : { io: { inputs: { v: `=${value}` } } });
  const low = sub('inner', [start('s2'), job('work', having(own))], 's2 -> work', having(inner));
  return deploy(
    t,
    id,
    [start(), sub('outer', [start('s1'), low], 's1 -> inner', having(outer)), end()],
    'start -> outer -> end',
  );
}
const idle = async (t, id, variables) => {
  await deployTask(t, id);
  return t.create(id, { variables });
};

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'result: new name goes to the process': async (t) => {
    await nested(t, 'v-new');
    await t.create('v-new');
    await t.work('work', { v: 1 });
  },
  'result: name of the inner, the outer and the task scope': async (t) => {
    await nested(t, 'v-inner', { inner: 0 });
    await nested(t, 'v-outer', { outer: 0 });
    await nested(t, 'v-own', { outer: 0, inner: 0, own: 0 });
    for (const id of ['v-inner', 'v-outer', 'v-own']) {
      await t.create(id);
      await t.work('work', { v: 1 });
    }
  },
  'result: the inner scope has the same value already, the outer another': async (t) => {
    await nested(t, 'v-equal', { inner: 1, outer: 0 });
    await t.create('v-equal', { variables: { v: 5 } });
    await t.work('work', { v: 1 });
  },
  'result: only an inner scope has it, with the same value': async (t) => {
    await nested(t, 'v-equal-alone', { inner: 1 });
    await t.create('v-equal-alone');
    await t.work('work', { v: 1 });
  },
  'result: the process has the same value': async (t) => {
    await nested(t, 'v-equal-root');
    await t.create('v-equal-root', { variables: { v: 1 } });
    await t.work('work', { v: 1 });
  },
  'result: objects are replaced as a whole': async (t) => {
    await idle(t, 'v-object', { o: { a: 1, b: { c: 2 } } });
    await t.work('v-object-work', { o: { b: { d: 3 } } });
  },
  'set: on the process, local and not': async (t) => {
    const instance = await idle(t, 's-root', { a: 1 });
    await t.setVariables(instance, { a: 2 });
    await t.setVariables(instance, { a: 3 }, true);
    await t.setVariables(instance, { b: 1 }, true);
  },
  'set: on a sub-process and on a task, local and not': async (t) => {
    await nested(t, 's-nested');
    await t.create('s-nested', { variables: { a: 1 } });
    await t.setVariables(t.element('outer'), { a: 2 });
    await t.setVariables(t.element('outer'), { a: 3 }, true);
    await t.setVariables(t.element('work'), { a: 4 });
    await t.setVariables(t.element('inner'), { a: 5 }, true);
    await t.setVariables(t.element('work'), { a: 6 });
    await t.setVariables(t.element('work'), { a: 7 }, true);
    await t.setVariables(t.element('inner'), { fresh: 1 });
    await t.activate('work');
  },
  'set: the value that is there': async (t) => {
    const instance = await idle(t, 's-same', { a: { b: [1, null] } });
    await t.setVariables(instance, { a: { b: [1, null] } });
    await t.setVariables(instance, { a: { b: [1, null] } }, true);
    await t.setVariables(t.element('work'), { a: { b: [1, null] } });
  },
  'set: objects with the same members in another order': async (t) => {
    const instance = await idle(t, 's-order', '{"o":{"a":1,"b":2}}');
    await t.setVariables(instance, '{"o":{"b":2,"a":1}}');
  },
  'set: empty document, null, list, text, broken': async (t) => {
    const instance = await idle(t, 's-documents');
    for (const document of ['{}', 'null', '', '[]', '"a"', '1', '{"a":}', '{a:1}', '{"a":1'])
      await t.setVariables(instance, document);
    await t.setVariables(t.element('work'), '{}', true);
  },
  'set: null as value, over a value and as new name': async (t) => {
    const instance = await idle(t, 's-null', { a: 1 });
    await t.setVariables(instance, { a: null });
    await t.setVariables(instance, { b: null });
    await t.setVariables(instance, { a: null });
  },
  'set: unknown key, key of a job, of a finished element, of a definition': async (t) => {
    const { deployments } = await deployTask(t, 's-keys');
    await t.create('s-keys');
    await t.setVariables(unknownKey, { a: 1 });
    await t.setVariables(t.last('JOB', 'CREATED').key, { a: 1 });
    await t.setVariables(t.element('start'), { a: 1 });
    await t.setVariables(deployments[0].process.processDefinitionKey, { a: 1 });
  },
  'set: while the element waits in an incident': async (t) => {
    await deployTask(t, 's-incident', { io: { inputs: { i: '=assert(v, v != null)' } } });
    const instance = await t.create('s-incident');
    const waiting = t.last('INCIDENT', 'CREATED').value.elementInstanceKey;
    await t.setVariables(waiting, { v: 1 }, true);
    await t.resolve(incident(t));
    await t.setVariables(instance, { v: 2 });
  },
  'set: before a gateway decides': async (t) => {
    await deploy(
      t,
      's-decide',
      [start(), job('work'), node('exclusiveGateway', 'gw'), end('a'), end('b')],
      'start -> work -> gw; gw -> a ? =v = 1; gw -> b ? else',
    );
    await t.create('s-decide', { variables: { v: 0 } });
    await t.setVariables(t.element('work'), { v: 1 });
    await t.work('work');
  },
  'names: with dots, spaces, dashes, quotes, other scripts, empty': async (t) => {
    for (const [i, name] of [
      'a.b',
      'a b',
      'a-b',
      'a\'b"c',
      'größe',
      '数量',
      '😀',
      '',
      ' ',
      '1a',
      'null',
      'a+b',
    ].entries()) {
      if (i === 0) await deployTask(t, 'names');
      await t.create('names', { variables: { [name]: i } });
    }
    await t.activate('names-work', { max: 20 });
  },
  'names: keywords and operators of expressions': async (t) => {
    await deployTask(t, 'keywords', { io: { inputs: { i: '=for_ + 1' } } });
    await t.create('keywords', { variables: { for_: 1 } });
    await deployTask(t, 'quoted', { io: { inputs: { i: '=`a-b` + 1' } } });
    await t.create('quoted', { variables: { 'a-b': 1 } });
  },
  'names: the same twice in one document': async (t) => {
    await idle(t, 'doubled', '{"a":1,"a":2}');
    await t.setVariables(t.element('work'), '{"a":2,"a":3}');
  },
  'numbers: whole ones up to 64 bits, plain fractions': async (t) => {
    await deployTask(t, 'numbers');
    const all = [
      '0',
      '-1',
      '127',
      '128',
      '255',
      '256',
      '65536',
      '4294967296',
      '9007199254740991',
      '9007199254740993',
      '9223372036854775807',
      '-9223372036854775808',
      '0.1',
      '-2.5',
    ];
    for (const n of all) await t.create('numbers', { variables: `{"n":${n}}` });
    await t.activate('numbers-work', { max: 30 });
  },
  'texts: other scripts, slashes, brackets, long ones': async (t) => {
    await deployTask(t, 'texts');
    for (const text of ['"é\\u00e9"', `"${'x'.repeat(300)}"`, '"<&>"', '"a\\/b"', '"数量"'])
      await t.create('texts', { variables: `{"s":${text}}` });
    await t.activate('texts-work', { max: 20 });
  },
  'texts: control characters and quotes': async (t) => {
    await deployTask(t, 'escapes');
    for (const text of ['"\\n\\t\\"\\\\"', '"\\u0000\\u001f"'])
      await t.create('escapes', { variables: `{"s":${text}}` });
    await t.activate('escapes-work', { max: 20 });
  },
  'texts: characters beyond the first plane': async (t) => {
    await deployTask(t, 'planes');
    for (const text of ['"😀"', '"\\ud83d\\ude00"'])
      await t.create('planes', { variables: `{"s":${text}}` });
    await t.activate('planes-work', { max: 20 });
  },
  'values: nested lists and objects, empty ones': async (t) => {
    await deployTask(t, 'nests');
    for (const v of [
      [],
      {},
      [[]],
      [{}],
      { a: [] },
      [[1, [2, [3]]], { x: { y: { z: null } } }],
      [true, false, null],
    ])
      await t.create('nests', { variables: { v } });
    await t.activate('nests-work', { max: 20 });
  },
  'values: white space in a document is not kept': async (t) => {
    await deployTask(t, 'spaces');
    await t.create('spaces', { variables: ' { "a" : [ 1 , { "b" : 2 } ] } \n' });
    await t.activate('spaces-work');
  },
  'documents: fifty entries in one': async (t) => {
    const variables = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`v${i}`, i]));
    await deployTask(t, 'fifty');
    await t.create('fifty', { variables: { all: variables } });
    await t.work('fifty-work', { back: variables });
  },
  'scopes: a second branch does not see the local variables of the first': async (t) => {
    await deploy(
      t,
      'branches',
      [start(), and('f'), job('a', { io: { inputs: { v: '=1' } } }), job('b'), and('j'), end()],
      'start -> f; f -> a -> j; f -> b -> j; j -> end',
    );
    await t.create('branches');
    await t.setVariables(t.element('a'), { w: 2 }, true);
    await t.activate('a');
    await t.activate('b');
  },
  'scopes: variables of a sub-process are gone after it': async (t) => {
    await deploy(
      t,
      'gone',
      [
        start(),
        sub('part', [start('in'), pass('p')], 'in -> p', { io: { inputs: { v: '=1' } } }),
        job('after'),
        end(),
      ],
      'start -> part -> after -> end',
    );
    await t.create('gone');
    await t.activate('after');
  },
  'instances: each has its own': async (t) => {
    await deployTask(t, 'own');
    const one = await t.create('own', { variables: { a: 1 } });
    await t.create('own', { variables: { a: 2 } });
    await t.setVariables(one, { a: 3 });
    await t.activate('own-work');
  },
};
