// Input and output mappings: sources and targets of every form, and what fails.
import { deploy, deployTask, end, incident, job, start } from './model.mjs';

/** Runs a task with input mappings; the job shows the outcome. */
async function input(t, id, inputs, variables) {
  await deployTask(t, id, { io: { inputs } });
  await t.create(id, { variables });
  await t.activate(`${id}-work`);
}
/** Runs a task with output mappings over a result. */
async function output(t, id, outputs, result, variables) {
  await deployTask(t, id, { io: { outputs } });
  await t.create(id, { variables });
  await t.work(`${id}-work`, result);
}

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'input: a later mapping uses an earlier one': (t) =>
    input(
      t,
      'i-chain',
      [
        ['b', '=a + 1'],
        ['c', '=b + 1'],
      ],
      { a: 1 },
    ),
  'input: static text, static number, empty source': async (t) => {
    for (const [i, source] of ['text', '12', 'true', ' '].entries())
      await input(t, `i-static-${i}`, { v: source });
    await input(t, 'i-empty', { v: '' });
  },
  'input: missing variable gives null': (t) => input(t, 'i-missing', { v: '=nothing' }),
  'input: path into a missing variable and a missing member': async (t) => {
    await input(t, 'i-path', { v: '=nothing.deep' });
    await input(t, 'i-member', { v: '=o.deep' }, { o: { a: 1 } });
    await input(t, 'i-text-member', { v: '=o.deep' }, { o: 'text' });
  },
  'input: nested target': (t) => input(t, 'i-nested', { 'o.a': '=1' }, { o: { b: 2 } }),
  'input: two nested targets of one object, the second deeper': (t) =>
    input(t, 'i-nested-two', [
      ['o.a', '=1'],
      ['o.b.c', '=2'],
    ]),
  'input: the same target twice': (t) =>
    input(t, 'i-twice', [
      ['a', '=1'],
      ['a', '=2'],
    ]),
  'input: target and then a member of it': (t) =>
    input(t, 'i-over', [
      ['o', '={a: 1}'],
      ['o.b', '=2'],
    ]),
  'input: hides a variable of the process': (t) => input(t, 'i-hides', { a: '=a * 10' }, { a: 1 }),
  'input: object, list, null, true, decimal, date as values': async (t) => {
    for (const [i, source] of [
      '={a: {b: 1}}',
      '=[1, [2]]',
      '=null',
      '=true',
      '=0.1 + 0.2',
      '=10 / 4',
      '=10 / 2',
      '="x" + "y"',
    ].entries())
      await input(t, `i-value-${i}`, { v: source });
  },
  'input: fails, second mapping after a good one': async (t) => {
    await input(t, 'i-fails', [
      ['a', '=1'],
      ['b', '=assert(x, x != null)'],
    ]);
    await t.setVariables(t.last('INCIDENT', 'CREATED').value.processInstanceKey, { x: 2 });
    await t.resolve(incident(t));
  },
  'input: two failing ones': (t) =>
    input(t, 'i-two-fail', [
      ['a', '=assert(x, x != null)'],
      ['b', '=assert(y, y != null)'],
    ]),
  'input: unknown function and wrong argument give null': async (t) => {
    await input(t, 'i-function', { v: '=nofunction(1)' });
    await input(t, 'i-argument', { v: '=1 + "a"' });
  },
  'input: condition, filter, loop, some, every': async (t) => {
    for (const [i, source] of [
      '=if l[1] < 2 then "big" else "small"',
      '=l[item > 1]',
      '=for x in l return x * 2',
      '=some x in l satisfies x > 2',
      '=every x in l satisfies x > 2',
      '=l[1]',
      '=l[-1]',
      '=count(l)',
    ].entries()) {
      await input(t, `i-feel-${i}`, { v: source }, { l: [1, 2, 3] });
    }
  },
  'output: a later mapping uses an earlier one': (t) =>
    output(
      t,
      'o-chain',
      [
        ['b', '=a + 1'],
        ['c', '=b + 1'],
      ],
      { a: 1 },
    ),
  'output: result that is not mapped stays local': (t) =>
    output(t, 'o-local', { x: '=a' }, { a: 1 }),
  'output: missing result gives null': (t) => output(t, 'o-missing', { x: '=a' }, {}),
  'output: missing result over an existing variable': (t) =>
    output(t, 'o-over-null', { x: '=a' }, {}, { x: 1 }),
  'output: nested into an existing object': (t) =>
    output(t, 'o-merge', { 'o.b': '=r' }, { r: 2 }, { o: { a: 1 } }),
  'output: nested into a missing object': (t) => output(t, 'o-fresh', { 'o.b.c': '=r' }, { r: 2 }),
  'output: nested into null and into a text': async (t) => {
    await output(t, 'o-null', { 'o.b': '=r' }, { r: 2 }, { o: null });
    await output(t, 'o-text', { 'o.b': '=r' }, { r: 2 }, { o: 'text' });
  },
  'output: nested two levels into an existing object': (t) =>
    output(t, 'o-deep', { 'o.a.x': '=r' }, { r: 2 }, { o: { a: { y: 1 }, z: 0 } }),
  'output: two members of one object': (t) =>
    output(
      t,
      'o-members',
      [
        ['o.a', '=r'],
        ['o.b', '=r + 1'],
      ],
      { r: 2 },
    ),
  'output: the same target twice': (t) =>
    output(
      t,
      'o-twice',
      [
        ['x', '=1'],
        ['x', '=2'],
      ],
      {},
    ),
  'output: the value that is there already': (t) => output(t, 'o-same', { x: '=1' }, {}, { x: 1 }),
  'output: name of an input mapping goes past it to the process': async (t) => {
    await deployTask(t, 'o-past', { io: { inputs: { v: '=1' }, outputs: { v: '=v + 1' } } });
    await t.create('o-past', { variables: { v: 10 } });
    await t.work('o-past-work');
  },
  'output: overwritten input is what the output sees': async (t) => {
    await deployTask(t, 'o-sees', { io: { inputs: { v: '=1' }, outputs: { w: '=v' } } });
    await t.create('o-sees');
    await t.work('o-sees-work', { v: 5 });
  },
  'output: fails after the job is done, job is not done again': async (t) => {
    await output(t, 'o-fails', { x: '=assert(a, a != null)' }, { b: 1 });
    await t.activate('o-fails-work');
    await t.setVariables(t.last('INCIDENT', 'CREATED').value.elementInstanceKey, { a: 2 }, true);
    await t.resolve(incident(t));
  },
  'output: object with a missing member': (t) =>
    output(t, 'o-object', { x: '={a: r, b: nothing}' }, { r: 1 }),
  'both: on two tasks one after the other': async (t) => {
    await deploy(
      t,
      'io-two',
      [
        start(),
        job('a', { io: { inputs: { n: '=total' }, outputs: { total: '=n + r' } } }),
        job('b', { io: { inputs: { n: '=total' }, outputs: { total: '=n * r' } } }),
        end(),
      ],
      'start -> a -> b -> end',
    );
    await t.create('io-two', { variables: { total: 1 } });
    await t.work('a', { r: 2 });
    await t.work('b', { r: 3 });
  },
  'targets: refused at deployment': async (t) => {
    for (const [i, target] of [
      '',
      ' ',
      'a b',
      '1a',
      'a.',
      '.a',
      'a..b',
      'null',
      'a-b',
      'if',
      '=a',
      'a.null',
    ].entries())
      await deployTask(t, `target-${i}`, { io: { inputs: { [target]: '=1' } } });
  },
  'sources: refused at deployment': async (t) => {
    await deployTask(t, 'source-equals', { io: { inputs: { v: '=' } } });
    for (const [i, source] of ['', 'static', '='].entries())
      await deployTask(t, `out-${i}`, { io: { outputs: { v: source } } });
  },
  'sources: expressions that do not parse': async (t) => {
    for (const [i, source] of ['=1 +', '=a b', '=(1'].entries())
      await deployTask(t, `source-${i}`, { io: { inputs: { v: source } } });
  },
};
