// Requests as clients send them, one or more for each RPC, and three ways to spoil them: bytes, values of fields, frames.
import { type FieldValue, message, varint } from '../kit/proto-bytes.ts';
import { between } from '../kit/random.ts';
import { framed } from '../kit/raw-grpc.ts';

/** What a field holds, so that a spoiled value can be of its kind. */
type Kind = 'text' | 'number' | 'key' | 'json' | 'model';
type Part = readonly [number: number, value: FieldValue | readonly Part[], kind?: Kind];

export interface Request {
  readonly method: string;
  readonly parts: readonly Part[];
}

/** Entities that are there when the requests are made. */
export interface Known {
  readonly processId: string;
  readonly jobType: string;
  readonly model: string;
  readonly processKey: bigint;
  /** An instance and its activated job. */
  readonly instanceKey: bigint;
  readonly jobKey: bigint;
}

const json = '{"amount":129.95,"list":[1,2,{"a":null}],"name":"Grüße"}';

const request = (method: string, ...parts: readonly Part[]): Request => ({ method, parts });

/** Valid requests of all RPCs. */
export function validRequests(known: Known): readonly Request[] {
  return [
    request('Topology'),
    ...ofInstances(known),
    ...ofResources(known),
    ...ofJobs(known),
    ...toCome(known),
  ];
}

function ofInstances({ processId, processKey, instanceKey }: Known): readonly Request[] {
  const creation: readonly Part[] = [
    [2, processId, 'text'],
    [3, -1, 'number'],
    [4, json, 'json'],
  ];
  const start: Part = [5, [[1, 'task', 'text']]];
  const instance: Part = [1, instanceKey, 'key'];
  return [
    request('CreateProcessInstance', ...creation),
    request('CreateProcessInstance', [1, processKey, 'key'], [4, json, 'json'], [7, 9, 'number']),
    request('CreateProcessInstance', ...creation, start, [6, '<default>', 'text']),
    request('CreateProcessInstanceWithResult', [1, creation], [2, 50, 'number'], [3, 'a', 'text']),
    request('CancelProcessInstance', instance, [2, 5, 'number']),
    request('SetVariables', instance, [2, json, 'json'], [3, true, 'number']),
    request('ResolveIncident', [1, instanceKey + 3n, 'key']),
  ];
}

function ofResources({ model, processKey }: Known): readonly Request[] {
  const resource: readonly Part[] = [
    [1, 'spoiled.bpmn', 'text'],
    [2, model, 'model'],
  ];
  return [
    request('DeployResource', [1, resource], [2, '<default>', 'text']),
    request('DeployProcess', [1, resource]),
    request('DeleteResource', [1, processKey + 1_000_000n, 'key']),
  ];
}

function ofJobs({ jobType, jobKey }: Known): readonly Request[] {
  const job: Part = [1, jobKey, 'key'];
  const type: Part = [1, jobType, 'text'];
  const worker: Part = [2, 'worker', 'text'];
  const variable: Part = [5, 'amount', 'text'];
  const tenant = '<default>';
  const amount: readonly Part[] = [
    [4, 3, 'number'],
    [6, -1, 'number'],
  ];
  const failure: Part = [3, 'broken', 'text'];
  return [
    request('ActivateJobs', type, worker, [3, 60_000, 'number'], ...amount, variable, [
      7,
      tenant,
      'text',
    ]),
    request('StreamActivatedJobs', type, worker, [3, 200, 'number'], variable, [6, tenant, 'text']),
    request('CompleteJob', job, [2, json, 'json']),
    request('FailJob', job, [2, 1, 'number'], failure, [4, 10, 'number'], [5, json, 'json']),
    request('ThrowError', job, [2, 'code', 'text'], failure, [4, json, 'json']),
    request('UpdateJobRetries', job, [2, 3, 'number']),
    request('UpdateJobTimeout', job, [2, 60_000, 'number']),
  ];
}

function toCome({ processKey, instanceKey }: Known): readonly Request[] {
  const instance: Part = [1, instanceKey, 'key'];
  return [
    request(
      'PublishMessage',
      [1, 'name', 'text'],
      [2, 'key', 'text'],
      [3, 1000, 'number'],
      [5, json, 'json'],
    ),
    request('EvaluateDecision', [2, 'decision', 'text'], [3, json, 'json']),
    request('ModifyProcessInstance', instance, [2, [[1, 'task', 'text']]]),
    request('MigrateProcessInstance', instance, [2, [[1, processKey, 'key']]]),
    request('BroadcastSignal', [1, 'signal', 'text'], [2, json, 'json']),
    request('EvaluateConditional', [3, json, 'json']),
  ];
}

/** The message of a request. */
export function encoded(parts: readonly Part[]): Buffer {
  return message(
    ...parts.map(([number, value]): readonly [number, FieldValue] => [
      number,
      isParts(value) ? encoded(value) : value,
    ]),
  );
}

const isParts = (value: Part[1]): value is readonly Part[] => Array.isArray(value);

const max = 2n ** 63n - 1n;
const spoiled: Readonly<Record<Kind, readonly FieldValue[]>> = {
  text: [
    '',
    ' ',
    '\0',
    '\n\t',
    'x'.repeat(70_000),
    '=',
    '= 1 +',
    'größe😀',
    '__proto__',
    '../../etc',
    '%s%n',
    '<a>',
  ],
  number: [0, -1, 1, max, -max - 1n, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, 2n ** 53n, 2n ** 51n + 1n],
  key: [
    0,
    -1,
    1,
    max,
    -max - 1n,
    2n ** 51n,
    2n ** 51n + 2n ** 45n,
    2n ** 51n + 2n ** 50n,
    300n * 2n ** 51n,
  ],
  json: [
    '',
    'null',
    '[]',
    '1',
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '{"a":1,}',
    '{"a":01}',
    '{"":0}',
    '\ufeff{}',
    '{"a":"\\ud800"}',
    '{"\\ud800":1}',
    '{"__proto__":{}}',
    '{"a":1e9999}',
    '{"a":-0.0}',
    '{"a":1,"a":2}',
    `{"a":${'['.repeat(5000)}`,
    `{"a":${'['.repeat(999)}${']'.repeat(999)}}`,
    `{"${'n'.repeat(40_000)}":1}`,
    `{"a":"${'v'.repeat(60_000)}"}`,
    `{"a":1${'0'.repeat(5_000)}}`,
  ],
  model: [
    '',
    ' ',
    '{}',
    '<a/>',
    '<a>'.repeat(3000),
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '\0'.repeat(99),
    '<?xml?>',
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    '<a b="1" b="2"/>',
    '&#1;',
    ']]>',
  ],
};

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T =>
  list[between(random, 0, list.length - 1)] as T;

/** Some fields with values that their kind does not expect, left out, doubled, or with another field's value. */
export function withSpoiledFields(random: Random, parts: readonly Part[]): readonly Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    const [number, value, kind] = part;
    const dice = between(random, 0, 15);
    if (isParts(value)) out.push([number, withSpoiledFields(random, value)]);
    else if (dice < 3 && kind !== undefined) out.push([number, pick(random, spoiled[kind]), kind]);
    else if (dice === 3 && typeof value === 'string')
      out.push([number, spoiledText(random, value), kind ?? 'text']);
    else if (dice === 4) out.push(part, part);
    else if (dice === 5) out.push([between(random, 1, 12), value]);
    else if (dice !== 6) out.push(part);
  }
  return out;
}

/** A text of which a few bytes have changed: often no UTF-8 any more. */
function spoiledText(random: Random, text: string): Buffer {
  return withSpoiledBytes(random, Buffer.from(text));
}

/** One to three places changed: bytes taken out, put in, or a piece doubled or cut off. */
export function withSpoiledBytes(random: Random, bytes: Buffer): Buffer {
  let out = Buffer.from(bytes);
  for (let n = between(random, 1, 3); n > 0; n--) {
    const at = between(random, 0, out.length);
    const to = Math.min(out.length, at + between(random, 1, 20));
    switch (between(random, 0, 6)) {
      case 0:
        if (at < out.length) out[at] = between(random, 0, 255);
        break;
      case 1:
        if (at < out.length) out[at] = (out[at] as number) ^ (1 << between(random, 0, 7));
        break;
      case 2:
        out = Buffer.concat([
          out.subarray(0, at),
          varint(pick(random, [0, 0xff, 2 ** 31, max])),
          out.subarray(at),
        ]);
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), out.subarray(to)]);
        break;
      case 4:
        out = Buffer.concat([out.subarray(0, to), out.subarray(at)]);
        break;
      case 5:
        if (n === 1) out = out.subarray(0, at);
        break;
      default:
        out = Buffer.concat([
          out.subarray(0, at),
          Buffer.of(pick(random, [0, 0x22, 0x7f, 0x80, 0xc0, 0xed, 0xff])),
          out.subarray(at),
        ]);
    }
  }
  return out;
}

/** A frame whose head or length is wrong. */
export function spoiledFrame(random: Random, bytes: Buffer): Buffer {
  const length = bytes.length + pick(random, [0, 1, -1, 1000, -bytes.length]);
  const body = framed(bytes, pick(random, [0, 0, 1, 2, 255]), Math.max(0, length));
  return random() < 0.3 ? body.subarray(0, between(random, 0, body.length)) : body;
}
