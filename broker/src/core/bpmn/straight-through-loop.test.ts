import { describe, expect, it } from 'vitest';
import { deployable } from './deployable.ts';
import { bytesOf, connected, END, extensions, model, START, task } from './sample-model.ts';

const loopOf = (elements: string, flows: string): string => {
  const result = deployable('x.bpmn', bytesOf(model(elements, flows)));
  return result.ok ? '' : (/loop: (.*)\n/.exec(result.message)?.[1] ?? result.message);
};
const idle = (...ids: readonly string[]) => ids.map((id) => `<task id="${id}"/>`).join('');
const gate = '<exclusiveGateway id="g"/>';
const inside = (elements: string, flows: string) =>
  `<subProcess id="sub">${connected(elements, flows)}</subProcess>`;

describe('loops that never wait are found', () => {
  // The loops and where they begin are those that the reference names.
  it.each([
    [`${START}${idle('a')}<manualTask id="b"/>`, 'start -> a -> b -> a', 'a > b > a'],
    [START + idle('b', 'a'), 'start -> a -> b -> a', 'a > b > a'],
    [START + gate + idle('t'), 'start -> g -> t -> g', 't > g > t'],
    [
      START + gate + idle('a') + END,
      'start -> g; g -[=x]-> a; g -[default]-> end; a -> g',
      'a > g > a',
    ],
    [`${START}<parallelGateway id="g"/>${idle('a')}`, 'start -> g -> a -> g', 'a > g > a'],
    [START + idle('a', 'b', 'c'), 'start -> a -> b -> c -> b', 'b > c > b'],
    [START + idle('a', 'b', 'c'), 'start -> a; a -> b; a -> c; b -> a; c -> a', 'a > c > a'],
    [START + idle('a', 'b', 'c'), 'start -> a; a -> a; start -> b -> c; c -> b', 'a > a'],
    [START + idle('a'), 'start -> a -> start', 'a > start > a'],
    [START + idle('a', 'b') + END, 'start -> end; a -> b -> a', 'a > b > a'],
    [
      START + inside(`<startEvent id="i"/>${idle('a', 'b')}`, 'i -> a -> b -> a') + END,
      'start -> sub -> end',
      'a > b > a',
    ],
    [
      START + idle('a') + inside('<startEvent id="i"/>', ''),
      'start -> a -> sub -> a',
      'a > sub > i > a',
    ],
  ])('%#: %s', (elements, flows, expected) => {
    expect(loopOf(elements, flows)).toBe(expected);
  });

  it('in a chain of 20,000 elements', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `t${i}`);
    const flows = ids.map(
      (id, i) =>
        `<sequenceFlow id="f${i}" sourceRef="${id}" targetRef="${ids[(i + 1) % ids.length]}"/>`,
    );
    expect(loopOf(START + idle(...ids) + flows.join(''), '')).toMatch(
      /^t0 > t1 > .* > t19999 > t0$/,
    );
  });
});

describe('loops that wait, or hold no task, are let through', () => {
  const script = `<scriptTask id="s">${extensions('<zeebe:script expression="=1" resultVariable="r"/>')}</scriptTask>`;
  it.each([
    [START + idle('a') + task('b'), 'start -> a -> b -> a'],
    [`${START + idle('a')}<userTask id="b"/>`, 'start -> a -> b -> a'],
    [START + idle('a') + script, 'start -> a -> s -> a'],
    [`${START}${gate}<exclusiveGateway id="h"/>`, 'start -> g -> h -> g'],
    [START + inside('<startEvent id="i"/>', ''), 'start -> sub -> sub'],
    [
      START + idle('a') + inside(`<startEvent id="i"/>${task('x')}`, 'i -> x'),
      'start -> a -> sub -> a',
    ],
    [START + idle('a', 'b') + END, 'start -> a -> b -> end'],
    [START + idle('a', 'b', 'c') + END, 'start -> a; start -> b; a -> c; b -> c; c -> end'],
  ])('%#: %s', (elements, flows) => {
    expect(loopOf(elements, flows)).toBe('');
  });
});
