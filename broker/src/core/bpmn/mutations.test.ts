import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deployable } from './deployable.ts';
import { bytesOf, connected, END, extensions, model, START, task } from './sample-model.ts';

describe('broken input', () => {
  const seed = bytesOf(
    model(
      `${extensions('<zeebe:versionTag value="v"/>')}${START}${task('t', '<zeebe:ioMapping><zeebe:input source="=a + 1" target="b.c"/></zeebe:ioMapping>')}` +
        `<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition errorRef="e"/></boundaryEvent><exclusiveGateway id="g"/>` +
        `<subProcess id="s">${connected(`<startEvent id="i"/>${task('x')}`, 'i -> x')}<multiInstanceLoopCharacteristics>${extensions('<zeebe:loopCharacteristics inputCollection="=l" outputCollection="o" outputElement="=x.y"/>')}<completionCondition>=c</completionCondition></multiInstanceLoopCharacteristics></subProcess>` +
        `<boundaryEvent id="k" attachedToRef="s" cancelActivity="false"><timerEventDefinition><timeCycle>R2/PT1S</timeCycle></timerEventDefinition></boundaryEvent>` +
        `<subProcess id="h" triggeredByEvent="true"><startEvent id="hs" isInterrupting="false"><messageEventDefinition messageRef="m"/></startEvent></subProcess>` +
        `<callActivity id="ca">${extensions('<zeebe:calledElement processId="q" bindingType="latest"/>')}</callActivity><eventBasedGateway id="eg"/>` +
        `<intermediateCatchEvent id="c1"><timerEventDefinition><timeDate>2026-01-01T00:00:00Z</timeDate></timerEventDefinition></intermediateCatchEvent><intermediateCatchEvent id="c2"><signalEventDefinition signalRef="si"/></intermediateCatchEvent>` +
        `<parallelGateway id="f"/>${END}<!-- ä --><![CDATA[]]>`.replace('<![CDATA[]]>', ''),
      'start -> t -> g; g -[=x > 1]-> s; g -[default]-> f; s -> f -> ca -> eg; eg -> c1 -> end; eg -> c2 -> end; b -> end; k -> end',
      `<error id="e" errorCode="E"/><signal id="si" name="si"/><message id="m" name="m">${extensions('<zeebe:subscription correlationKey="=k"/>')}</message>`,
    ),
  );

  it('the seed itself deploys', () => {
    expect(deployable('seed.bpmn', seed)).toMatchObject({ ok: true });
  });

  it('10,000 random mutations neither crash nor hang', () => {
    const place = fc.nat({ max: seed.length - 1 });
    const mutation = fc.oneof(
      fc.record({ at: place, kind: fc.constant('set'), byte: fc.nat({ max: 255 }), to: place }),
      fc.record({
        at: place,
        kind: fc.constantFrom('cut', 'copy', 'drop'),
        byte: fc.constant(0),
        to: place,
      }),
      fc.record({
        at: place,
        kind: fc.constant('insert'),
        byte: fc.constantFrom(...bytesOf('<>&"\'/=:;!?-[] \n')),
        to: place,
      }),
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        let bytes = [...seed];
        for (const { at: position, kind, byte, to } of mutations) {
          const from = Math.min(position, to, bytes.length);
          const end = Math.min(Math.max(position, to), from + 200, bytes.length);
          if (kind === 'set') bytes[from] = byte;
          else if (kind === 'insert') bytes.splice(from, 0, byte);
          else if (kind === 'cut') bytes = bytes.slice(0, end);
          else if (kind === 'drop') bytes.splice(from, end - from);
          else bytes.splice(end, 0, ...bytes.slice(from, end));
        }
        const result = deployable('m.bpmn', Uint8Array.from(bytes));
        if (result.ok) return;
        refused++;
        expect(result.message).toMatch(/^['`]m\.bpmn['`]: \S/);
      }),
      { numRuns: 10_000, seed: 20_240_917 },
    );
    expect(refused).toBeGreaterThan(5_000);
  }, 120_000);
});
