// A lean client of the gateway for benchmarks: gRPC over node:http2 with hand-made messages, so that the client's own cost
// stays small beside the broker's on the same cores.

import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type Key, keyFromHalves } from '@millrace/protocol';
import { ProtoReader } from '../../broker/src/gateway/wire/proto-reader.ts';
import { ProtoWriter } from '../../broker/src/gateway/wire/proto-writer.ts';

const HEADERS = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
const FRAME_HEAD = 5;

export class GrpcLoad {
  readonly #session: ClientHttp2Session;
  readonly #writer = new ProtoWriter();

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  static async connect(address: string): Promise<GrpcLoad> {
    const session = connect(`http://${address}`);
    await once(session, 'connect');
    return new GrpcLoad(session);
  }

  close(): void {
    this.#session.close();
  }

  #message(write: (out: ProtoWriter) => void): Buffer {
    this.#writer.begin();
    write(this.#writer);
    return this.#writer.take();
  }

  /** One call with one answer. @throws Error with the gRPC status */
  #unary(method: string, message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ...HEADERS,
        ':path': `/gateway_protocol.Gateway/${method}`,
      });
      const chunks: Buffer[] = [];
      let status = '';
      const trailers = (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined)
          status = `${headers['grpc-status']} ${headers['grpc-message'] ?? ''}`;
      };
      stream.on('response', trailers);
      stream.on('trailers', trailers);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () => {
        if (!status.startsWith('0'))
          return reject(new Error(`${method}: ${decodeURIComponent(status)}`));
        resolve(Buffer.concat(chunks).subarray(FRAME_HEAD));
      });
      stream.end(message);
    });
  }

  topology(): Promise<Buffer> {
    return this.#unary(
      'Topology',
      this.#message(() => {}),
    );
  }

  async deploy(name: string, xml: string): Promise<void> {
    await this.#unary(
      'DeployResource',
      this.#message((out) => {
        const resource = out.beginNested(1);
        out.string(1, name);
        out.blob(2, Buffer.from(xml));
        out.endNested(resource);
      }),
    );
  }

  async create(bpmnProcessId: string, variables: string): Promise<void> {
    await this.#unary(
      'CreateProcessInstance',
      this.#message((out) => {
        out.string(2, bpmnProcessId);
        out.int32(3, -1);
        out.string(4, variables);
      }),
    );
  }

  /** Resolves when the instance has ended. */
  async createAwaited(bpmnProcessId: string, variables: string): Promise<void> {
    await this.#unary(
      'CreateProcessInstanceWithResult',
      this.#message((out) => {
        const request = out.beginNested(1);
        out.string(2, bpmnProcessId);
        out.int32(3, -1);
        out.string(4, variables);
        out.endNested(request);
        out.int64(2, 60_000);
      }),
    );
  }

  async publish(name: string, correlationKey: string, timeToLiveMs: number): Promise<void> {
    await this.#unary(
      'PublishMessage',
      this.#message((out) => {
        out.string(1, name);
        out.string(2, correlationKey);
        out.int64(3, timeToLiveMs);
      }),
    );
  }

  async complete(jobKey: Key, variables: string): Promise<void> {
    await this.#unary(
      'CompleteJob',
      this.#message((out) => {
        out.key(1, jobKey);
        out.string(2, variables);
      }),
    );
  }

  /** Opens a job stream; calls back with the key of each pushed job. */
  stream(type: string, onJob: (key: Key) => void): void {
    const message = this.#message((out) => {
      out.string(1, type);
      out.string(2, 'bench');
      out.int64(3, 60_000);
    });
    const stream = this.#session.request({
      ...HEADERS,
      ':path': '/gateway_protocol.Gateway/StreamActivatedJobs',
    });
    let rest: Buffer = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= FRAME_HEAD && rest.length >= FRAME_HEAD + rest.readUInt32BE(1)) {
        const end = FRAME_HEAD + rest.readUInt32BE(1);
        onJob(keyOf(rest.subarray(FRAME_HEAD, end)));
        rest = rest.subarray(end);
      }
    });
    stream.on('error', () => {});
    stream.end(message);
  }
}

/** The first field of an ActivatedJob. */
function keyOf(job: Buffer): Key {
  const reader = new ProtoReader(job);
  reader.uint32();
  const { high, low } = reader.int64();
  return keyFromHalves(high, low);
}
