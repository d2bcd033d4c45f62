import { describe, expect, test } from 'vitest';
import { compileMappings, evaluateMappings } from './index.ts';
import { environmentOf, expressionOf } from './test-environment.ts';

type Pairs = readonly (readonly [target: string, source: string])[];

/** Results as `{name: json}` in their order, or the incident text. */
function mapped(
  kind: 'input' | 'output',
  pairs: Pairs,
  variables: Record<string, unknown> = {},
  raw: Record<string, string> = {},
): string {
  const mappings = compileMappings(
    kind,
    pairs.map(([target, source]) => ({ target, source: expressionOf(source) })),
  );
  const result = evaluateMappings(mappings, environmentOf(variables, raw));
  return result.ok
    ? result.entries.map(({ name, json }) => `${name}=${json}`).join(' ')
    : result.message;
}

const WARNED = 'The evaluation reported the following warnings:\n';

describe('inputs', () => {
  test('see the targets before them, by name also inside an object', () => {
    const pairs: Pairs = [
      ['a', '=1'],
      ['b', '= a + 3 '],
      ['e.f', '=a'],
      ['e.g.h', '=f + 1'],
      ['e.i', '=e.f'],
      ['j', '=e.g.h'],
      ['k', '=f'],
    ];
    expect(mapped('input', pairs)).toBe('a=1 b=4 e={"f":1,"g":{"h":2},"i":null} j=2 k=null');
  });
  test('constants are texts, also when they look like numbers', () => {
    expect(
      mapped('input', [
        ['c', 'static "q" \\ text'],
        ['d', '123'],
      ]),
    ).toBe('c="static \\"q\\" \\\\ text" d="123"');
  });
  test('the same target twice is evaluated in the place of the first', () => {
    expect(
      mapped('input', [
        ['a', '=1'],
        ['b', '=a + 1'],
        ['a', '=10'],
      ]),
    ).toBe('a=10 b=11');
    expect(
      mapped('input', [
        ['f', '=1'],
        ['f.l', '=2'],
      ]),
    ).toBe('f={"l":2}');
  });
  test('build fresh objects', () => {
    expect(mapped('input', [['a.b', '=1']], { a: { c: 2 } })).toBe('a={"b":1}');
  });
  test('a function creates no variable', () => {
    expect(
      mapped('input', [
        ['f', '=function(x) x'],
        ['g', '={f: function(x) x, n: 1}'],
      ]),
    ).toBe('g={"n":1}');
  });
  test('paths are copied as they are written', () => {
    const raw = {
      order: '{ "id" : "o-1", "total": 12.50, "big": 12345678901234567890 , "e":1e2}',
      n: ' 1.00 ',
    };
    expect(
      mapped(
        'input',
        [
          ['t', '=order.total'],
          ['b', '=order.big'],
          ['n', '=n'],
          ['e', '=order.e'],
        ],
        {},
        raw,
      ),
    ).toBe('t=12.50 b=12345678901234567890 n=1.00 e=1e2');
  });
  test('a mapping hides the variable of its name from those after it', () => {
    expect(
      mapped(
        'input',
        [
          ['a', '=b'],
          ['b', '=a'],
        ],
        { a: 1, b: 2 },
      ),
    ).toBe('a=2 b=2');
  });
});

describe('outputs', () => {
  test('merge into present objects', () => {
    const pairs: Pairs = [
      ['x', '={"p":1}'],
      ['v.w.u', '=5'],
      ['v.z', '=6'],
    ];
    expect(mapped('output', pairs, { v: { a: 1, w: { b: 2 } } })).toBe(
      'x={"p":1} v={"a":1,"w":{"b":2,"u":5},"z":6}',
    );
  });
  test('make an object when there is none', () => {
    expect(
      mapped('output', [
        ['b.c', '=2'],
        ['b.d', '=3'],
      ]),
    ).toBe('b={"c":2,"d":3}');
    expect(mapped('output', [['b.c', '=2']], { b: null })).toBe('b={"c":2}');
  });
  test('onto a plain value give null', () => {
    expect(mapped('output', [['c.x', '=1']], { c: 'text' })).toBe('c=null');
    expect(mapped('output', [['c.x.y', '=1']], { c: { x: 5, z: 1 } })).toBe('c={"x":null,"z":1}');
  });
  test('a nested target replaces a plain one before it', () => {
    expect(
      mapped(
        'output',
        [
          ['x', '={"p":1}'],
          ['x.y', '=4'],
          ['n.m', '=x.y'],
          ['o', '=n.m'],
        ],
        { n: 'text' },
      ),
    ).toBe('x={"y":4} n=null o=null');
  });
});

describe('incident texts quote the one context', () => {
  const failing = '=assert(1,false)';
  const assertion = (text: string, ...warnings: string[]) =>
    `Assertion failure on evaluate the expression '${text}': The condition is not fulfilled ${WARNED}${[...warnings, '[ASSERT_FAILURE] The condition is not fulfilled'].join('\n')}`;
  test('inputs', () => {
    const pairs: Pairs = [
      ['a', '=1'],
      ['b', '= 2 + 3 '],
      ['c', 'static "q" \\ text'],
      ['d', '123'],
      ['e.f', '=a'],
      ['e.g.h', '=5'],
      ['e.i', '=6'],
      ['z', failing],
      ['e.late', '=7'],
    ];
    expect(mapped('input', pairs)).toBe(
      assertion(
        '{a:1,b: 2 + 3 ,c:"static \\"q\\" \\ text",d:"123",e:{f:a,g:{h:5},i:6,late:7},z:assert(1,false)}',
      ),
    );
  });
  test('outputs', () => {
    const pairs: Pairs = [
      ['a', '=1'],
      ['b.c', '=2'],
      ['b.d', '=3'],
      ['x.y.z', '=4'],
      ['z', failing],
    ];
    expect(mapped('output', pairs)).toBe(
      assertion(
        '{a:1,b:if (b != null) then context merge(b,{c:2,d:3}) else {c:2,d:3},x:if (x != null) then context merge(x,{y:if (x.y != null) then context merge(x.y,{z:4}) else {z:4}}) else {y:if (x.y != null) then context merge(x.y,{z:4}) else {z:4}},z:assert(1,false)}',
        "[NO_VARIABLE_FOUND] No variable found with name 'b'",
        "[NO_VARIABLE_FOUND] No variable found with name 'x'",
        "[NO_VARIABLE_FOUND] No variable found with name 'x'",
      ),
    );
  });
  test('the warnings of all entries, also behind the failed one', () => {
    const none = (name: string) => `[NO_VARIABLE_FOUND] No variable found with name '${name}'`;
    const message = mapped('input', [
      ['a', '=assert(x, x != null)'],
      ['b', '=assert(y, y != null)'],
    ]);
    expect(message).toBe(
      assertion(
        '{a:assert(x, x != null),b:assert(y, y != null)}',
        none('x'),
        none('x'),
        '[ASSERT_FAILURE] The condition is not fulfilled',
        none('y'),
        none('y'),
      ),
    );
  });
  test('the warnings before the failure', () => {
    expect(mapped('input', [['x', '=assert(y, y != null)']])).toBe(
      assertion(
        '{x:assert(y, y != null)}',
        "[NO_VARIABLE_FOUND] No variable found with name 'y'",
        "[NO_VARIABLE_FOUND] No variable found with name 'y'",
      ).replace("'{a", "'{x"),
    );
  });
});

test('tell which variables they read', () => {
  const mappings = compileMappings('output', [
    { target: 'a', source: expressionOf('=x + y.z') },
    { target: 'b.c', source: expressionOf('=a + [1][item > w]') },
  ]);
  expect([...mappings.variables].sort()).toEqual(['b', 'w', 'x', 'y']);
});
