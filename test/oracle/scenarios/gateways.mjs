// Exclusive gateways: which flow is taken, and every way in which a condition can go wrong.
import { deploy, end, incident, job, pass, start, xor } from './model.mjs';

/** A gateway with the flows `a`, `b` and `c` under the given conditions. */
const choice = (t, id, conditions) => {
  const names = ['a', 'b', 'c'].slice(0, conditions.length);
  return deploy(
    t,
    id,
    [start(), xor('gw'), ...names.map((n) => end(n))],
    `start -> gw;${conditions.map((c, i) => `gw -> ${names[i]} ? ${c}`).join(';')}`,
  );
};

/** Lets a condition fail, resolves while it is still bad, repairs it and resolves again. */
async function repair(t, id, condition, variables, right) {
  await choice(t, id, [condition, 'else']);
  const instance = await t.create(id, { variables });
  await t.resolve(incident(t));
  await t.setVariables(instance, right);
  await t.resolve(incident(t));
}

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'exclusive: the default flow stands first in the file': async (t) => {
    await choice(t, 'x-first', ['else', '=n = 1', '=n = 2']);
    for (const n of [1, 2, 3]) await t.create('x-first', { variables: { n } });
  },
  'exclusive: the default flow stands in the middle': async (t) => {
    await choice(t, 'x-middle', ['=n = 1', 'else', '=n = 2']);
    for (const n of [1, 2, 3]) await t.create('x-middle', { variables: { n } });
  },
  'exclusive: two conditions are true': async (t) => {
    await choice(t, 'x-both', ['=n > 1', '=n > 2', 'else']);
    await t.create('x-both', { variables: { n: 3 } });
  },
  'exclusive: no condition is true and there is no default': async (t) => {
    await choice(t, 'x-none', ['=n = 1', '=n = 2']);
    const instance = await t.create('x-none', { variables: { n: 3 } });
    await t.resolve(incident(t));
    await t.setVariables(instance, { n: 2 });
    await t.resolve(incident(t));
  },
  'exclusive: condition null': (t) => repair(t, 'x-null', '=n', { n: null }, { n: true }),
  'exclusive: condition number': (t) => repair(t, 'x-number', '=n', { n: 1 }, { n: true }),
  'exclusive: condition text': (t) => repair(t, 'x-text', '=n', { n: 'true' }, { n: false }),
  'exclusive: condition list': (t) => repair(t, 'x-list', '=n', { n: [true] }, { n: false }),
  'exclusive: condition object': (t) =>
    repair(t, 'x-object', '=n', { n: { a: true } }, { n: false }),
  'exclusive: condition with a missing variable in a comparison': (t) =>
    repair(t, 'x-missing', '=n > 10', {}, { n: 11 }),
  'exclusive: condition compares a text with a number': (t) =>
    repair(t, 'x-compare', '=n > 10', { n: 'many' }, { n: 11 }),
  'exclusive: condition whose evaluation fails': (t) =>
    repair(t, 'x-assert', '=assert(n, n > 10)', { n: 1 }, { n: 11 }),
  'exclusive: condition calls a function that does not exist': (t) =>
    repair(t, 'x-function', '=nofunction(n)', { n: 1 }, { n: 2 }),
  'exclusive: condition with and, one side missing': (t) =>
    repair(t, 'x-and', '=a and b', { a: true }, { b: true }),
  'exclusive: condition with or, one side missing': async (t) => {
    await choice(t, 'x-or', ['=a or b', 'else']);
    await t.create('x-or', { variables: { a: true } });
  },
  'exclusive: a static text as condition': async (t) => {
    await choice(t, 'x-static', ['true', 'else']);
    await t.create('x-static');
  },
  'exclusive: condition without a variable': async (t) => {
    await choice(t, 'x-constant', ['=1 = 2', '=true', 'else']);
    await t.create('x-constant');
  },
  'exclusive: the second condition fails after the first was false': async (t) => {
    await choice(t, 'x-second', ['=broken', '=n = 1', 'else']);
    await t.create('x-second', { variables: { n: 2 } });
  },
  'exclusive: the first is true, so that a bad one behind it is not looked at': async (t) => {
    await choice(t, 'x-lazy', ['=broken', '=n = 1', 'else']);
    await t.create('x-lazy', { variables: { n: 1 } });
  },
  'exclusive: one outgoing flow without condition': async (t) => {
    await choice(t, 'x-one', ['else']);
    await t.create('x-one');
    await deploy(t, 'x-plain', [start(), xor('gw'), end('a')], 'start -> gw -> a');
    await t.create('x-plain');
  },
  'exclusive: one outgoing flow with a false condition': async (t) => {
    await choice(t, 'x-alone', ['=n']);
    await t.create('x-alone', { variables: { n: false } });
  },
  'exclusive: no outgoing flow': async (t) => {
    await deploy(t, 'x-end', [start(), xor('gw')], 'start -> gw');
    await t.create('x-end');
  },
  'exclusive: merge of two tokens': async (t) => {
    await deploy(
      t,
      'x-merge',
      [start(), pass('p'), pass('q'), xor('gw'), job('w'), end()],
      'start -> p -> gw; start -> q -> gw; gw -> w -> end',
    );
    await t.create('x-merge');
    const jobs = await t.activate('w');
    for (const each of jobs) await t.complete(each);
  },
  'exclusive: merge and choice in one gateway': async (t) => {
    await deploy(
      t,
      'x-mixed',
      [start(), pass('p'), xor('gw'), end('a'), end('b')],
      'start -> p -> gw; start -> gw; gw -> a ? =n > 1; gw -> b ? else',
    );
    await t.create('x-mixed', { variables: { n: 2 } });
  },
  'exclusive: a loop of five rounds around a job': async (t) => {
    await deploy(
      t,
      'x-loop',
      [start(), xor('in'), job('w'), xor('out'), end()],
      'start -> in -> w -> out; out -> in ? =n < 5; out -> end ? else',
    );
    await t.create('x-loop');
    for (const n of [1, 2, 3, 4, 5]) await t.work('w', { n });
  },
  'exclusive: mappings on a gateway': async (t) => {
    await deploy(
      t,
      'x-io',
      [
        start(),
        xor('gw', { io: { inputs: { n: '=2' }, outputs: { m: '=3' } } }),
        end('a'),
        end('b'),
      ],
      'start -> gw; gw -> a ? =n = 2; gw -> b ? else',
    );
    await t.create('x-io', { variables: { n: 1 } });
  },
  'exclusive: no condition is true inside a sub-process': async (t) => {
    await deploy(
      t,
      'x-sub',
      [
        start(),
        {
          name: 'subProcess',
          id: 'sub',
          at: {},
          extensions: [],
          inside: '',
          nodes: [start('in'), xor('gw'), end('a')],
          flows: 'in -> gw; gw -> a ? =n',
        },
        end(),
      ],
      'start -> sub -> end',
    );
    const instance = await t.create('x-sub', { variables: { n: false } });
    await t.setVariables(t.element('sub'), { n: true }, true);
    await t.resolve(incident(t));
    await t.resolve(instance);
  },
};
