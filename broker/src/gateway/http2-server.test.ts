// The server below the service layer, spoken to by hand over HTTP/2: framing, sizes, compression, deadlines, health,
// shutdown, and ten thousand damaged requests.
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { keyText, makeKey } from '@millrace/protocol';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { timeoutOf } from './http2-call.ts';
import {
  CONTRACT,
  GatewayClient,
  type TestGateway,
  testGateway,
} from './testing/gateway-client.ts';

const LATER = { timeout: 5000 };
const GATEWAY = '/gateway_protocol.Gateway';

interface Reply {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** grpc-status of headers or trailers */
  readonly status: string;
  readonly message: string;
}

let t: TestGateway;
let session: http2.ClientHttp2Session;

beforeAll(async () => {
  t = await testGateway({ maxMessageBytes: 100_000 });
  t.partition.keep = false;
  session = http2.connect(`http://${t.gateway.address}`);
});

afterAll(async () => {
  session.destroy();
  await t[Symbol.asyncDispose]();
});

function send(
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let received: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (each) => {
      received = { ...received, ...each };
    });
    stream.on('trailers', (each) => {
      received = { ...received, ...each };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () =>
      resolve({
        headers: received,
        body: Buffer.concat(chunks),
        status: String(received['grpc-status']),
        message: decodeURIComponent(String(received['grpc-message'] ?? '')),
      }),
    );
    if (headers[':method'] !== 'GET') stream.end(body);
  });
}

function frame(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const root = new protobuf.Root();
root.loadSync(CONTRACT, { keepCase: true });
const encode = (type: string, message: object): Buffer => {
  const Type = root.lookupType(`gateway_protocol.${type}`);
  return Buffer.from(Type.encode(Type.fromObject(message)).finish());
};
const complete = encode('CompleteJobRequest', { jobKey: keyText(makeKey(1, 1)), variables: '{}' });

describe('framing', () => {
  test('a plain call: headers, one frame, trailers', async () => {
    const reply = await send(`${GATEWAY}/CompleteJob`, frame(complete));
    expect(reply.headers).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': '0',
    });
    expect([...reply.body]).toEqual([0, 0, 0, 0, 0]);
  });

  test.each([
    ['gzip', gzipSync(complete)],
    ['deflate', deflateSync(complete)],
  ])('a request in %s', async (encoding, bytes) => {
    const reply = await send(`${GATEWAY}/CompleteJob`, frame(bytes, 1), {
      'grpc-encoding': encoding,
    });
    expect(reply.status).toBe('0');
  });

  test('a body that comes in many pieces', async () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `${GATEWAY}/CompleteJob`,
      'content-type': 'application/grpc+proto',
    });
    const trailers = new Promise((resolve) => stream.on('trailers', resolve));
    stream.resume();
    for (const byte of frame(complete)) stream.write(Buffer.of(byte));
    stream.end();
    expect(await trailers).toMatchObject({ 'grpc-status': '0' });
    expect(t.gateway.partitions.limits.receiving).toMatchObject({ count: 0, bytes: 0 });
  });

  test.each([
    ['nothing', Buffer.alloc(0), 13, 'without a message'],
    ['half a head', Buffer.of(0, 0), 13, 'inside the head'],
    ['half a message', frame(complete).subarray(0, -1), 13, 'inside its message'],
    ['two messages', Buffer.concat([frame(complete), frame(complete)]), 13, 'not with the end'],
    ['an unknown flag', frame(complete, 7), 13, 'compression flag 7'],
    ['a length beyond the limit', Buffer.of(0, 255, 255, 255, 255), 8, 'at most 100000'],
    ['a message beyond the limit', frame(Buffer.alloc(100_001)), 8, 'at most 100000'],
    ['compression without a name', frame(complete, 1), 13, 'no encoding'],
    ['no protobuf', frame(Buffer.of(0xff)), 3, 'a number is cut off'],
  ])('%s', async (_, body, status, message) => {
    const reply = await send(`${GATEWAY}/CompleteJob`, body);
    expect(reply).toMatchObject({ status: String(status) });
    expect(reply.message).toContain(message);
  });

  test('compressed bytes that are damaged, unknown or far larger than they look', async () => {
    const gzip = { 'grpc-encoding': 'gzip' };
    const path = `${GATEWAY}/CompleteJob`;
    expect((await send(path, frame(Buffer.from('no gzip'), 1), gzip)).status).toBe('13');
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect((await send(path, frame(bomb, 1), gzip)).status).toBe('8');
    const unknown = await send(path, frame(complete, 1), { 'grpc-encoding': 'snappy' });
    expect(unknown).toMatchObject({ status: '12' });
    expect(unknown.headers['grpc-accept-encoding']).toBe('identity,deflate,gzip');
  });

  test('what is no gRPC call is refused', async () => {
    expect((await send('/gateway_protocol.Gateway/Nope', frame(complete))).status).toBe('12');
    const text = await send(`${GATEWAY}/Topology`, frame(complete), {
      'content-type': 'text/html',
    });
    expect(text.headers[':status']).toBe(415);
    const get = await send(`${GATEWAY}/Topology`, Buffer.alloc(0), { ':method': 'GET' });
    expect(get.headers[':status']).toBe(405);
  });

  test('a text that is no UTF-8 is refused by name', async () => {
    const body = Buffer.concat([complete, Buffer.of(0x12, 1, 0xfe)]);
    expect(await send(`${GATEWAY}/CompleteJob`, frame(body))).toMatchObject({
      status: '3',
      message: "Field 'variables' of CompleteJobRequest: is not valid UTF-8",
    });
  });
});

test('TLS: a client that trusts the certificate is served', async () => {
  const folder = new URL('./testing/tls/', import.meta.url);
  const certificateChainPath = fileURLToPath(new URL('chain.pem', folder));
  const privateKeyPath = fileURLToPath(new URL('key.pem', folder));
  const own = await testGateway({ tls: { certificateChainPath, privateKeyPath } });
  const credentials = grpc.credentials.createSsl(readFileSync(certificateChainPath));
  const client = new GatewayClient(`localhost:${own.gateway.port}`, {}, credentials);
  expect(await client.call('Topology', {})).toMatchObject({ partitionsCount: 1 });
  client.close();
  await own[Symbol.asyncDispose]();
});

describe('deadlines', () => {
  test.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['5000u', 5],
    ['6000000n', 6],
    ['99999999H', 0x7fffffff],
    ['', undefined],
    ['1', undefined],
    ['123456789S', undefined],
    ['-1S', undefined],
  ])('%s', (text, ms) => {
    expect(timeoutOf(text)).toBe(ms);
  });

  test('a call whose deadline passes ends, and whoever waits behind it is told', async () => {
    t.partition.script = () => 'silent';
    const request = encode('CreateProcessInstanceWithResultRequest', {});
    const reply = await send(`${GATEWAY}/CreateProcessInstanceWithResult`, frame(request), {
      'grpc-timeout': '50m',
    });
    t.partition.script = () => undefined;
    expect(reply.status).toBe('4');
    expect(t.gateway.partitions.pending.size).toBe(0);
  });
});

describe('health', () => {
  interface Health {
    readonly client: grpc.Client;
    check(service: string): Promise<number>;
  }

  function health(address: string): Health {
    const client = new grpc.Client(address, grpc.credentials.createInsecure());
    const requestBytes = (service: string) =>
      Buffer.concat([Buffer.of(10, service.length), Buffer.from(service)]);
    return {
      client,
      check: (service) =>
        new Promise((resolve, reject) => {
          client.makeUnaryRequest(
            '/grpc.health.v1.Health/Check',
            requestBytes,
            (bytes: Buffer) => bytes[1] ?? 0,
            service,
            (error, status) => (error === null ? resolve(status as number) : reject(error)),
          );
        }),
    };
  }

  test('not serving, serving, not serving; watchers see each change', async () => {
    const own = await testGateway();
    const { client, check } = health(own.gateway.address);
    const seen: number[] = [];
    const watch = client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      () => Buffer.alloc(0),
      (bytes: Buffer) => bytes[1] ?? 0,
      '',
    );
    watch.on('data', (status: number) => seen.push(status));
    watch.on('error', () => {});
    expect(await check('')).toBe(2);
    own.gateway.setServing();
    expect(await check('gateway_protocol.Gateway')).toBe(1);
    await expect(check('other')).rejects.toMatchObject({ code: grpc.status.NOT_FOUND });
    await vi.waitFor(() => expect(seen).toEqual([2, 1]), LATER);
    await own.gateway.close(5000);
    await vi.waitFor(() => expect(seen).toEqual([2, 1, 2]), LATER);
    client.close();
    own.client.close();
  });
});

describe('bad input in bulk', () => {
  /** Numbers that repeat: a failing run can be run again. */
  function* random(seed: number): Generator<number, never> {
    for (let state = seed; ; ) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      yield state;
    }
  }

  const valid: readonly (readonly [string, Buffer])[] = [
    ['CompleteJob', complete],
    [
      'CreateProcessInstance',
      encode('CreateProcessInstanceRequest', {
        bpmnProcessId: 'order',
        version: -1,
        variables: '{"a":[1,2,{"b":"ä"}]}',
        startInstructions: [{ elementId: 'x' }],
        tenantId: '<default>',
        operationReference: 5,
      }),
    ],
    [
      'ActivateJobs',
      encode('ActivateJobsRequest', {
        type: 'pay',
        worker: 'w',
        timeout: 1000,
        maxJobsToActivate: 3,
        fetchVariable: ['a', 'b'],
        requestTimeout: -1,
      }),
    ],
    [
      'DeployResource',
      encode('DeployResourceRequest', {
        resources: [{ name: 'a.bpmn', content: Buffer.alloc(50) }],
      }),
    ],
    [
      'FailJob',
      encode('FailJobRequest', { jobKey: keyText(makeKey(1, 2)), retries: 1, errorMessage: 'e' }),
    ],
    [
      'SetVariables',
      encode('SetVariablesRequest', {
        elementInstanceKey: keyText(makeKey(1, 3)),
        variables: '{}',
      }),
    ],
  ];
  /** What a request may end with that reaches a partition which accepts everything. */
  const ALLOWED = new Set(['0', '3', '4', '8', '12', '13', '14']);

  function mutate(bytes: Buffer, next: () => number): Buffer {
    const copy = Buffer.from(bytes);
    const changes = 1 + (next() % 4);
    for (let i = 0; i < changes; i++) {
      const at = next() % copy.length;
      const how = next() % 4;
      if (how === 0) copy[at] = next() & 0xff;
      else if (how === 1) copy[at] = (copy[at] ?? 0) ^ (1 << (next() % 8));
      else if (how === 2) return copy.subarray(0, at);
      else
        return Buffer.concat([copy.subarray(0, at), Buffer.of(next() & 0xff), copy.subarray(at)]);
    }
    return copy;
  }

  test('10,000 damaged requests: each gets a status with a text, and the gateway stays well', async () => {
    const numbers = random(20_261);
    const next = () => numbers.next().value;
    const statuses = new Map<string, number>();
    for (let round = 0; round < 100; round++) {
      const replies = Array.from({ length: 100 }, () => {
        const [rpc, bytes] = valid[next() % valid.length] as readonly [string, Buffer];
        const whole = next() % 5 === 0;
        const body = whole ? mutate(frame(bytes), next) : frame(mutate(bytes, next));
        return send(`${GATEWAY}/${rpc}`, body, { 'grpc-timeout': '2S' });
      });
      for (const { status, message } of await Promise.all(replies)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status !== '0') expect(message).not.toBe('');
      }
      t.partition.waiting.length = 0;
    }
    expect([...statuses.keys()].filter((status) => !ALLOWED.has(status))).toEqual([]);
    expect(statuses.get('3')).toBeGreaterThan(500);
    expect((await send(`${GATEWAY}/CompleteJob`, frame(complete))).status).toBe('0');
    const { limits, pending } = t.gateway.partitions;
    expect(pending.size).toBe(0);
    for (const limit of Object.values(limits)) {
      expect(limit, limit.name).toMatchObject({ count: 0, bytes: 0 });
    }
  }, 60_000);

  test('a connection that stays is asked again and again whether it lives, and nothing piles up', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on('warning', note);
    await using long = await testGateway();
    const client = http2.connect(`http://${long.gateway.address}`);
    try {
      let pings = 0;
      client.on('ping', () => pings++);
      await new Promise((resolve) => client.once('connect', resolve));
      for (let round = 1; round <= 15; round++) {
        vi.advanceTimersByTime(30_000);
        await vi.waitFor(() => expect(pings).toBe(round), LATER);
      }
      expect(warnings).toEqual([]);
    } finally {
      client.destroy();
      process.off('warning', note);
      vi.useRealTimers();
    }
  });

  test('bytes that are no HTTP/2 at all harm nobody', async () => {
    const { connect } = await import('node:net');
    await new Promise<void>((resolve) => {
      const socket = connect(t.gateway.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\n\r\n'),
      );
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
      socket.resume();
    });
    expect((await send(`${GATEWAY}/CompleteJob`, frame(complete))).status).toBe('0');
  });
});
