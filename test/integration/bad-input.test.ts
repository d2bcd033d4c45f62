// Whatever a client sends: each call gets the status that fits its cause, with a text that names it; nothing crashes, hangs,
// grows without bound or is lost. Raw calls over HTTP/2, because no client library sends most of this.
//
// MILLRACE_SEED repeats the random part, MILLRACE_SPOILED sets its number of requests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { PartitionReport } from '../../broker/src/inspect/inspect-messages.ts';
import { inspectTo } from '../../broker/src/inspect.ts';
import { anonymousMb } from '../bench/memory.ts';
import { BrokerProcess } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { type FieldValue, fieldOf, message } from '../kit/proto-bytes.ts';
import { randomFrom, runSeed } from '../kit/random.ts';
import { framed, type RawAnswer, RawGrpc } from '../kit/raw-grpc.ts';
import {
  encoded,
  type Known,
  type Request,
  spoiledFrame,
  validRequests,
  withSpoiledBytes,
  withSpoiledFields,
} from './bad-requests.ts';
import { brokerExists } from './broker-under-test.ts';

const OK = 0;
const UNKNOWN = 2;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;

type Fields = readonly (readonly [number, FieldValue])[];
const max = 2n ** 63n - 1n;
const spoiledCount = Number(process.env.MILLRACE_SPOILED ?? 20_000);
const model = oneTaskProcess('spoiled', 'spoiled');

describe.skipIf(!brokerExists)('a broker that is sent bad input', () => {
  let folder: string;
  let data: string;
  let broker: BrokerProcess;
  let grpc: RawGrpc;
  let known: Known;

  const call = (method: string, ...fields: Fields) => grpc.call(method, message(...fields));
  const deploy = (content: string | Uint8Array, name = 'spoiled.bpmn') =>
    call('DeployResource', [1, message([1, name], [2, content])]);
  const create = (variables: string) =>
    call('CreateProcessInstance', [2, 'spoiled'], [3, -1], [4, variables]);

  /** Runs a process from its creation to the completion of its job, which tells that everything works. */
  const runsAProcess = async (
    jobType: string,
  ): Promise<{ instanceKey: bigint; jobKey: bigint }> => {
    const xml = oneTaskProcess(jobType, jobType);
    await expectStatus(deploy(xml), OK);
    const created = await call('CreateProcessInstance', [2, jobType], [3, -1]);
    expect(created.code, created.text).toBe(OK);
    const jobs = await call(
      'ActivateJobs',
      [1, jobType],
      [2, 'w'],
      [3, 60_000],
      [4, 1],
      [6, 10_000],
    );
    expect(jobs.code, jobs.text).toBe(OK);
    const job = fieldOf(jobs.messages[0] ?? Buffer.alloc(0), 1) as Buffer;
    const jobKey = fieldOf(job, 1) as bigint;
    await expectStatus(call('CompleteJob', [1, jobKey], [2, '{"done":true}']), OK);
    await expectStatus(call('Topology'), OK);
    return { instanceKey: fieldOf(created.messages[0] as Buffer, 4) as bigint, jobKey };
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-bad-input-'));
    data = path.join(folder, 'data');
    broker = await BrokerProcess.start({ dataDirectory: data });
    grpc = new RawGrpc(broker.address);
    const deployed = await deploy(model);
    expect(deployed.code, deployed.text).toBe(OK);
    const created = (await create('{}')).messages[0] as Buffer;
    const worker: Fields = [
      [1, 'spoiled'],
      [2, 'w'],
      [3, 60_000],
      [4, 1],
      [6, 10_000],
    ];
    const jobs = await call('ActivateJobs', ...worker);
    known = {
      processId: 'spoiled',
      jobType: 'spoiled',
      model,
      processKey: fieldOf(created, 1) as bigint,
      instanceKey: fieldOf(created, 4) as bigint,
      jobKey: fieldOf(fieldOf(jobs.messages[0] as Buffer, 1) as Buffer, 1) as bigint,
    };
  });
  afterAll(async () => {
    grpc?.close();
    await broker?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test.each<[string, () => string | Uint8Array, RegExp]>([
    ['nothing', () => '', /Premature end of file/],
    ['blanks', () => ' \n ', /Premature end of file/],
    ['a text', () => 'hello', /not allowed in prolog/],
    ['JSON', () => '{}', /not allowed in prolog/],
    ['a cut document', () => model.slice(0, 200), /must start and end within the same entity/],
    [
      'crossed tags',
      () => model.replace('</process>', '</proces>'),
      /"process" must be terminated/,
    ],
    ['two roots', () => `${model}<a/>`, /well-formed|root|content/i],
    [
      'a doubled attribute',
      () => model.replace('<process ', '<process id="spoiled" '),
      /"id" was already specified/,
    ],
    [
      'an undeclared prefix',
      () => model.replace('<process ', '<nope:a/><process '),
      /prefix "nope"/,
    ],
    ['an undefined entity', () => model.replace('id="spoiled"', 'id="&nope;"'), /entity "nope"/],
    ['an entity bomb', () => bomb(), /DOCTYPE/],
    [
      'an external entity',
      () => `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>${bare}`,
      /DOCTYPE/,
    ],
    ['a parameter entity', () => `<!DOCTYPE a [<!ENTITY % p "x"> %p;]>${bare}`, /DOCTYPE/],
    ['an external DTD', () => `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">${bare}`, /DOCTYPE/],
    [
      'a reference to no character',
      () => model.replace('id="spoiled"', 'id="&#0;"'),
      /Character reference/,
    ],
    [
      'a reference beyond all characters',
      () => model.replace('id="spoiled"', 'id="&#x110000;"'),
      /Character reference/,
    ],
    ['deep nesting', () => '<a>'.repeat(200_000), /nested deeper than/],
    [
      '100,000 attributes',
      () => `<a ${Array.from({ length: 100_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
      /attributes/,
    ],
    ['zeros', () => '\0'.repeat(5000), /UTF-16 or UTF-32|Content is not allowed/],
    ['invalid UTF-8', () => spliced(model, 300, [0xff, 0xfe, 0xc0]), /Invalid UTF-8 byte sequence/],
    ['a control character', () => spliced(model, 300, [1]), /Line=\d/],
    ['megabytes of nothing', () => ' '.repeat(4_000_000), /Premature end of file/],
  ])('XML: %s', async (_, content, text) => {
    const answer = await deploy(content());
    expect(answer).toMatchObject({ code: INVALID_ARGUMENT });
    expect(answer.text).toMatch(text);
    expect(answer.text).toContain('spoiled.bpmn');
  });

  test.each<[string, string, RegExp]>([
    ['a list', '[]', /'variables' is invalid.*'ARRAY'/],
    ['a number', '12', /'variables' is invalid.*'INTEGER'/],
    ['a text', '"a"', /'variables' is invalid.*'STRING'/],
    ['a truth', 'true', /'variables' is invalid.*'BOOLEAN'/],
    ['an open object', '{', /line: 1, column: 2/],
    ['no value', '{"a":}', /line: 1, column: 6/],
    ['a comma too many', '{"a":1,}', /line: 1, column: 8/],
    ['a zero too many', '{"a":01}', /line: 1, column: 7/],
    ['single quotes', "{'a':1}", /line: 1, column: 2/],
    ['no number', '{"a":NaN}', /line: 1, column: \d/],
    ['a byte order mark', '\ufeff{}', /line: 1, column: 1/],
    ['a control character', '{"a":"\u0001"}', /line: 1, column: 7/],
    ['a second object', '{"a":1}{}', /line: 1, column: 8/],
    ['a comment', '{/**/}', /line: 1, column: 2/],
    ['a line of words', 'hello you', /line: 1, column: \d/],
    ['deep lists', `{"a":${'['.repeat(100_000)}`, /^Invalid JSON value/],
    ['deep objects', '{"a":'.repeat(100_000), /^Invalid JSON value/],
  ])('JSON: %s', async (_, variables, text) => {
    const key = known.jobKey;
    for (const answer of [
      await create(variables),
      await call('CompleteJob', [1, key], [2, variables]),
      await call('SetVariables', [1, known.instanceKey], [2, variables]),
    ]) {
      expect(answer).toMatchObject({ code: INVALID_ARGUMENT });
      expect(answer.text).toMatch(text);
    }
  });

  test.each([
    '{"":1}',
    '{"a":1e999999}',
    '{"\\ud800":"\\udfff"}',
    ' { } ',
    'null',
    '',
    '{"__proto__":1}',
  ])('odd JSON that is right is taken: %s', (variables) => expectStatus(create(variables), OK));

  const byKey = [
    ['CompleteJob', '{}'],
    ['FailJob', 1],
    ['ThrowError', 'code'],
    ['UpdateJobRetries', 1],
    ['UpdateJobTimeout', 1],
    ['CancelProcessInstance', 1],
    ['ResolveIncident', 1],
    ['SetVariables', '{}'],
    ['DeleteResource', 1],
  ] as const;

  test.each(byKey)('keys of nothing and of no partition: %s', async (method, second) => {
    for (const key of [
      2n ** 51n,
      2n ** 51n + 999_999_999n,
      2n ** 51n + 2n ** 50n,
      2n ** 52n - 1n,
    ]) {
      const answer = await call(method, [1, key], [2, second]);
      expect(answer, `${key}`).toMatchObject({ code: NOT_FOUND });
      expect(answer.text).toContain(String(key));
    }
    for (const [key, partition] of [
      [0n, 0],
      [-1n, -1],
      [1n, 0],
      [2n ** 52n, 2],
      [300n * 2n ** 51n, 300],
      [max, 4095],
      [-max - 1n, -4096],
    ] as const) {
      const answer = await call(method, [1, key], [2, second]);
      expect(answer, `${key}`).toMatchObject({ code: UNAVAILABLE });
      expect(answer.text).toContain(`on partition ${partition}, but either it does not exist`);
    }
  });

  test.each<[string, string, Fields, number, RegExp]>([
    ['no resource', 'DeployResource', [], INVALID_ARGUMENT, /at least one resource/],
    [
      'no file name',
      'DeployResource',
      [[1, message([2, model])]],
      INVALID_ARGUMENT,
      /'': unknown resource type/,
    ],
    [
      'an unknown kind of file',
      'DeployResource',
      [[1, message([1, 'a.txt'], [2, 'x'])]],
      INVALID_ARGUMENT,
      /'a.txt': unknown/,
    ],
    [
      'one process twice',
      'DeployResource',
      [
        [1, message([1, 'a.bpmn'], [2, model])],
        [1, message([1, 'b.bpmn'], [2, model])],
      ],
      INVALID_ARGUMENT,
      /'a.bpmn' and 'b.bpmn'/,
    ],
    [
      'nothing to create',
      'CreateProcessInstance',
      [],
      NOT_FOUND,
      /process definition with key '0'/,
    ],
    [
      'an empty id',
      'CreateProcessInstance',
      [[2, '']],
      NOT_FOUND,
      /process definition with key '0'/,
    ],
    [
      'a huge id',
      'CreateProcessInstance',
      [
        [2, 'x'.repeat(1_000_000)],
        [3, -1],
      ],
      NOT_FOUND,
      /process ID 'xxx/,
    ],
    [
      'an odd id',
      'CreateProcessInstance',
      [
        [2, 'a\n\0é'],
        [3, -1],
      ],
      NOT_FOUND,
      /process ID 'a\n\0é'/,
    ],
    [
      'version 0',
      'CreateProcessInstance',
      [
        [2, 'spoiled'],
        [3, 0],
      ],
      NOT_FOUND,
      /version '0'/,
    ],
    [
      'a version to come',
      'CreateProcessInstance',
      [
        [2, 'spoiled'],
        [3, 2 ** 31 - 1],
      ],
      NOT_FOUND,
      /version '2147483647'/,
    ],
    [
      'a start that is not there',
      'CreateProcessInstance',
      [
        [2, 'spoiled'],
        [3, -1],
        [5, message([1, 'nope'])],
      ],
      INVALID_ARGUMENT,
      /id 'nope'/,
    ],
    [
      'a tenant',
      'CreateProcessInstance',
      [
        [2, 'spoiled'],
        [6, 'other'],
      ],
      INVALID_ARGUMENT,
      /tenant identifier 'other'/,
    ],
    [
      'an operation reference beyond 53 bits',
      'CreateProcessInstance',
      [
        [2, 'spoiled'],
        [3, -1],
        [7, max],
      ],
      INVALID_ARGUMENT,
      /operationReference/,
    ],
    [
      'a result of nothing',
      'CreateProcessInstanceWithResult',
      [],
      NOT_FOUND,
      /process definition with key '0'/,
    ],
    [
      'no job type',
      'ActivateJobs',
      [
        [3, 1000],
        [4, 1],
      ],
      INVALID_ARGUMENT,
      /with type to be present/,
    ],
    [
      'no time-out',
      'ActivateJobs',
      [
        [1, 'a'],
        [4, 1],
      ],
      INVALID_ARGUMENT,
      /with timeout to be greater than zero/,
    ],
    [
      'a negative time-out',
      'ActivateJobs',
      [
        [1, 'a'],
        [3, -max],
        [4, 1],
      ],
      INVALID_ARGUMENT,
      /timeout to be greater than zero/,
    ],
    [
      'a stream without type',
      'StreamActivatedJobs',
      [[3, 1000]],
      INVALID_ARGUMENT,
      /with type to be present/,
    ],
    [
      'a stream without time-out',
      'StreamActivatedJobs',
      [[1, 'a']],
      INVALID_ARGUMENT,
      /with timeout to be greater/,
    ],
    [
      'no text in a text',
      'CreateProcessInstance',
      [[2, Buffer.of(0xff, 0xfe)]],
      INVALID_ARGUMENT,
      /'bpmnProcessId'.*UTF-8/,
    ],
    [
      'half a surrogate pair',
      'CompleteJob',
      [
        [1, 5],
        [2, Buffer.of(0xed, 0xa0, 0x80)],
      ],
      INVALID_ARGUMENT,
      /'variables'.*UTF-8/,
    ],
    [
      'a number for a text',
      'CreateProcessInstance',
      [[2, 5]],
      INVALID_ARGUMENT,
      /'bpmnProcessId'.*wire type 0/,
    ],
    ['a text for a key', 'CompleteJob', [[1, 'abc']], INVALID_ARGUMENT, /'jobKey'.*wire type 2/],
    [
      'a message that is none',
      'DeployResource',
      [[1, 'abc']],
      INVALID_ARGUMENT,
      /'resources'|Resource/,
    ],
    ['an RPC that is none', 'Nope', [], UNIMPLEMENTED, /Gateway\/Nope/],
    ['an RPC to come', 'EvaluateDecision', [[2, 'a']], UNIMPLEMENTED, /EvaluateDecision/],
  ])('fields: %s', async (_, method, fields, code, text) => {
    const answer = await call(method, ...fields);
    expect(answer).toMatchObject({ code });
    expect(answer.text).toMatch(text);
  });

  test.each<[string, () => Buffer, Readonly<Record<string, string>>, number, RegExp]>([
    ['no message', () => Buffer.alloc(0), {}, INTERNAL, /without a message/],
    ['half a head', () => Buffer.alloc(3), {}, INTERNAL, /inside the head/],
    ['half a message', () => framed(Buffer.alloc(3), 0, 9), {}, INTERNAL, /inside its message/],
    ['more than a message', () => framed(Buffer.alloc(9), 0, 3), {}, INTERNAL, /not with the end/],
    ['an unknown flag', () => framed(Buffer.alloc(3), 7), {}, INTERNAL, /compression flag 7/],
    [
      'no gzip',
      () => framed(Buffer.alloc(3), 1),
      { 'grpc-encoding': 'gzip' },
      INTERNAL,
      /not valid gzip/,
    ],
    [
      'an unknown compression',
      () => framed(Buffer.alloc(3), 1),
      { 'grpc-encoding': 'br' },
      UNIMPLEMENTED,
      /'br'/,
    ],
    [
      '4 GB announced',
      () => framed(Buffer.alloc(3), 0, 0xffffffff),
      {},
      RESOURCE_EXHAUSTED,
      /at most 4194304/,
    ],
    [
      'more than 4 MB',
      () => framed(Buffer.alloc(4_194_305)),
      {},
      RESOURCE_EXHAUSTED,
      /4194305 bytes.*at most 4194304/,
    ],
    [
      'cut protobuf',
      () => framed(message([2, 'spoiled']).subarray(0, 4)),
      {},
      INVALID_ARGUMENT,
      /'bpmnProcessId'.*longer than/,
    ],
    [
      'a number without end',
      () => framed(Buffer.alloc(30, 0xff)),
      {},
      INVALID_ARGUMENT,
      /longer than ten bytes/,
    ],
  ])('frames: %s', async (_, body, headers, code, text) => {
    const answer = await grpc.send('/gateway_protocol.Gateway/CreateProcessInstance', body(), {
      headers,
    });
    expect(answer).toMatchObject({ code });
    expect(answer.text).toMatch(text);
  });

  test('what was taken so far has left a broker that works', async () => {
    await runsAProcess('between');
    expect(broker.printed).not.toMatch(crash);
  });

  test(`${spoiledCount} spoiled requests of all RPCs`, {
    timeout: 60_000 + 10 * spoiledCount,
  }, async () => {
    onTestFailed(() => console.error(`repeat with MILLRACE_SEED=${runSeed}`));
    const spoiler = new Spoiler(grpc, known, runSeed);
    await spoiler.send(spoiledCount / 2);
    const warm = anonymousMb(broker.pid);
    await spoiler.send(spoiledCount / 2);
    const hot = anonymousMb(broker.pid);
    console.log(`${spoiler.summary}; ${warm} MB after half of them, ${hot} MB after all`);
    expect(spoiler.wrong).toEqual([]);
    expect(spoiler.codes.get(OK)).toBeGreaterThan(1_000);
    expect(spoiler.codes.get(INVALID_ARGUMENT)).toBeGreaterThan(1_000);
    expect(hot - warm).toBeLessThan(150);
    await runsAProcess('after');
    expect(broker.running).toBe(true);
    expect(broker.printed).not.toMatch(crash);
  });

  test('after a restart everything is there, and the state is what the log says', async () => {
    await broker.kill();
    await expectReplay(data);
    broker = await BrokerProcess.start({ dataDirectory: data, portOffset: broker.portOffset });
    await runsAProcess('again');
    expect(broker.printed).not.toMatch(crash);
    expect(await broker.stop()).toEqual({ code: 0, signal: null });
    await expectReplay(data);
  });
});

const bare = model.replace(/^<\?xml[^>]*\?>/, '');
/** What no broker prints that has handled everything. */
const crash = /unhandled|uncaught|TypeError|RangeError|ReferenceError|\n {4}at |banned/i;

async function expectStatus(answer: Promise<RawAnswer>, code: number): Promise<void> {
  const { code: is, text } = await answer;
  expect(is, text).toBe(code);
}

async function expectReplay(data: string): Promise<void> {
  const lines: string[] = [];
  const sink = {
    line: (text: string) => lines.push(text),
    isClosed: false,
    settle: async () => {},
  };
  await inspectTo(data, { json: true, replay: true }, sink, sink);
  const report = JSON.parse(lines[0] ?? '{}') as PartitionReport;
  expect(report.problems).toEqual([]);
  expect(report.replays.map(({ differing }) => differing)).toContain(0);
}

/** Entities of entities: a few lines that would become gigabytes. */
function bomb(): string {
  const levels = Array.from(
    { length: 30 },
    (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
  );
  return `<!DOCTYPE a [<!ENTITY e0 "x">${levels.join('')}]>${bare.replace('id="spoiled"', 'id="&e30;"')}`;
}

function spliced(text: string, at: number, bytes: readonly number[]): Buffer {
  return Buffer.concat([
    Buffer.from(text.slice(0, at)),
    Buffer.from(bytes),
    Buffer.from(text.slice(at)),
  ]);
}

/** Sends spoiled requests, some at once, and keeps what must not be answered. */
class Spoiler {
  readonly codes = new Map<number, number>();
  readonly wrong: string[] = [];
  readonly #grpc: RawGrpc;
  #known: Known;
  #requests: readonly Request[];
  readonly #seed: number;
  #sent = 0;

  constructor(grpc: RawGrpc, known: Known, seed: number) {
    this.#grpc = grpc;
    this.#known = known;
    this.#requests = validRequests(known);
    this.#seed = seed;
  }

  get summary(): string {
    const codes = [...this.codes].sort(([a], [b]) => a - b);
    return `status: number ${codes.map(([code, count]) => `${code}: ${count}`).join(', ')}`;
  }

  async send(count: number): Promise<void> {
    const end = this.#sent + count;
    const loops = Array.from({ length: 48 }, async () => {
      while (this.#sent < end && this.wrong.length < 5) await this.#one(this.#sent++);
    });
    await Promise.all(loops);
  }

  async #one(turn: number): Promise<void> {
    // A source of its own for each request: answers come in any order.
    const random = randomFrom(this.#seed + turn);
    const { method, parts } = this.#requests[turn % this.#requests.length] as Request;
    const how = Math.floor(random() * 10);
    const bytes = encoded(how > 0 && how < 5 ? withSpoiledFields(random, parts) : parts);
    const body =
      how === 9
        ? spoiledFrame(random, bytes)
        : framed(how < 4 ? bytes : withSpoiledBytes(random, bytes));
    const answer = await this.#grpc.send(`/gateway_protocol.Gateway/${method}`, body, {
      timeoutMs: 100,
    });
    this.codes.set(answer.code, (this.codes.get(answer.code) ?? 0) + 1);
    if (method === 'ActivateJobs') this.#goOnWith(answer);
    const fault = faultOf(answer, how === 9);
    if (fault === undefined) return;
    this.wrong.push(
      `${fault}: ${method} ${body.subarray(0, 400).toString('hex')}: ${answer.code} ${answer.text}`,
    );
  }

  /** Later requests speak of a job that is there. */
  #goOnWith({ messages }: RawAnswer): void {
    const job = messages[0] === undefined ? undefined : fieldOf(messages[0], 1);
    if (!(job instanceof Buffer)) return;
    const jobKey = fieldOf(job, 1) as bigint;
    const instanceKey = fieldOf(job, 3) as bigint;
    this.#known = { ...this.#known, jobKey, instanceKey };
    this.#requests = validRequests(this.#known);
  }
}

/** What is wrong with an answer to a spoiled request. */
function faultOf({ code, text }: RawAnswer, isFrame: boolean): string | undefined {
  if (code === OK || code === DEADLINE_EXCEEDED) return undefined;
  if (text.length < 10) return 'a status without a text';
  if (/Unexpected error occurred|is not a function|Cannot read/.test(text))
    return 'a text about code';
  if (isFrame && code === INTERNAL)
    return /^The (request|message) /.test(text) ? undefined : 'a fault';
  return [INTERNAL, UNKNOWN, -1].includes(code) ? 'a fault' : undefined;
}
