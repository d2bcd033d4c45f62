// One gRPC call on an HTTP/2 stream: collects the request, runs the method, sends answer and trailers.
//
// Guarantees: a call is answered at most once; whoever listens for its end is told once, when the client leaves or the
// deadline passes before the answer. One object and no closures per call on the way of a unary call.
import { constants, type ServerHttp2Stream } from 'node:http2';
import { inflateSync, unzipSync } from 'node:zlib';
import type { ServerOptions } from './server.ts';
import type { Method, ResponseStream } from './service/call.ts';
import { type Attempt, STATUS, type StatusCode, StatusError, statusOf } from './status.ts';
import { statusDetails } from './wire/answers.ts';
import { FRAME_HEAD_BYTES } from './wire/proto-writer.ts';

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const RESPONSE_OPTIONS = { waitForTrailers: true, sendDate: false };
const OK_TRAILERS = { 'grpc-status': '0' };
/** Longest text of a status: clients bound the size of headers (Java: 8 KB for all). */
const MESSAGE_CHARS_MAX = 6000;
/** Texts beyond this are not repeated in the details. */
const DETAILS_CHARS_MAX = 1000;

/** How much more than the largest message is read of a request that was refused. */
const DISCARDED_BYTES_MAX = 16 * 1024 * 1024;

interface CallStream extends ServerHttp2Stream {
  millraceCall: Http2Call;
}

export class Http2Call implements ResponseStream {
  readonly #stream: ServerHttp2Stream;
  readonly #method: Method;
  readonly #options: ServerOptions;
  readonly #encoding: string | undefined;
  readonly #started = performance.now();
  #chunks: Buffer[] | undefined;
  #first: Buffer | undefined;
  #received = 0;
  /** Bytes counted under the limit "receiving". */
  #counted = 0;
  #timer: NodeJS.Timeout | undefined;
  #listeners: (() => void)[] | undefined;
  #headersSent = false;
  #answered = false;
  #trailers: Record<string, string> = OK_TRAILERS;
  ended = false;

  constructor(
    stream: ServerHttp2Stream,
    method: Method,
    options: ServerOptions,
    encoding: string | undefined,
    timeoutMs: number | undefined,
  ) {
    this.#stream = stream;
    this.#method = method;
    this.#options = options;
    this.#encoding = encoding;
    (stream as CallStream).millraceCall = this;
    stream.on('data', onData);
    stream.on('end', onRequestEnd);
    stream.on('error', ignore);
    stream.on('close', onClose);
    if (timeoutMs !== undefined) this.#timer = setTimeout(onDeadline, timeoutMs, this);
  }

  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else if (this.#listeners === undefined) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  write(frames: readonly Uint8Array[], done: (sent: boolean) => void): void {
    if (this.ended || this.#answered) {
      done(false);
      return;
    }
    let open = true;
    const once = (sent: boolean): void => {
      if (!open) return;
      open = false;
      const place = this.#listeners?.indexOf(lost) ?? -1;
      if (place >= 0) this.#listeners?.splice(place, 1);
      done(sent);
    };
    const lost = (): void => once(false);
    this.onEnd(lost);
    this.#sendHeaders();
    const bytes = frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames);
    const stream = this.#stream;
    // A destroyed stream calls back without an error for what it has dropped.
    stream.write(bytes, (error) => once(!error && !stream.destroyed));
  }

  data(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#answered) {
      this.#discarded();
      return;
    }
    if (this.#first === undefined) {
      this.#first = chunk;
      if (chunk.length >= FRAME_HEAD_BYTES) {
        const length = chunk.readUInt32BE(1);
        if (length > this.#options.maxMessageBytes) {
          this.fail(this.#tooLarge(length));
        } else if (chunk.length < length + FRAME_HEAD_BYTES) this.#count(chunk.length);
        return;
      }
    }
    if (this.#chunks === undefined) this.#chunks = this.#first === chunk ? [] : [this.#first];
    this.#chunks.push(chunk);
    this.#count(chunk.length);
    if (this.#received > this.#options.maxMessageBytes + FRAME_HEAD_BYTES) {
      this.fail(this.#tooLarge(this.#received - FRAME_HEAD_BYTES));
    }
  }

  /** A client goes on sending after its answer: read and dropped, so that it gets to see the answer, but not for ever. */
  #discarded(): void {
    if (this.#received > this.#options.maxMessageBytes + DISCARDED_BYTES_MAX) {
      this.#stream.close(constants.NGHTTP2_NO_ERROR);
    }
  }

  #tooLarge(length: number): StatusError {
    return new StatusError(
      'RESOURCE_EXHAUSTED',
      `The request has at least ${length} bytes, but a message may have at most ${this.#options.maxMessageBytes}`,
    );
  }

  #count(bytes: number): void {
    const { receiving } = this.#options;
    try {
      receiving.take(bytes);
      receiving.count--;
      if (this.#counted === 0) receiving.count++;
      this.#counted += bytes;
    } catch (error) {
      this.fail(statusOf(error));
    }
  }

  #uncount(): void {
    if (this.#counted === 0) return;
    this.#options.receiving.give(this.#counted);
    this.#counted = 0;
  }

  requestEnd(): void {
    if (this.#answered || this.ended) return;
    const first = this.#first;
    const bytes = this.#chunks === undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = undefined;
    this.#first = undefined;
    this.#uncount();
    let request: Uint8Array;
    try {
      request = this.#message(bytes);
    } catch (error) {
      this.fail(statusOf(error));
      return;
    }
    if (this.#method.kind === 'unary') {
      this.#method.handle(request, this).then(
        (frame) => this.#answer(frame),
        (error) => this.fail(statusOf(error)),
      );
    } else {
      this.#method.handle(request, this).then(
        () => this.#answer(undefined),
        (error) => this.fail(statusOf(error)),
      );
    }
  }

  /** The one message of the request. @throws StatusError */
  #message(bytes: Buffer | undefined): Uint8Array {
    if (bytes === undefined || bytes.length === 0) {
      throw new StatusError('INTERNAL', 'The request ended without a message');
    }
    if (bytes.length < FRAME_HEAD_BYTES) {
      throw new StatusError('INTERNAL', 'The request ended inside the head of its message');
    }
    const length = bytes.readUInt32BE(1);
    if (bytes.length !== length + FRAME_HEAD_BYTES) {
      const problem = bytes.length < length + FRAME_HEAD_BYTES ? 'inside' : 'not with the end of';
      throw new StatusError('INTERNAL', `The request ended ${problem} its message`);
    }
    const message = bytes.subarray(FRAME_HEAD_BYTES);
    if (bytes[0] === 0) return message;
    if (bytes[0] !== 1) {
      throw new StatusError('INTERNAL', `The message has an unknown compression flag ${bytes[0]}`);
    }
    return this.#decompressed(message);
  }

  #decompressed(message: Buffer): Uint8Array {
    const bounds = { maxOutputLength: this.#options.maxMessageBytes };
    try {
      if (this.#encoding === 'gzip') return unzipSync(message, bounds);
      if (this.#encoding === 'deflate') return inflateSync(message, bounds);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        throw this.#tooLarge(bounds.maxOutputLength + 1);
      }
      throw new StatusError('INTERNAL', `The message is not valid ${this.#encoding}`);
    }
    const named = this.#encoding === undefined ? 'no encoding' : `encoding '${this.#encoding}'`;
    throw new StatusError(
      this.#encoding === undefined || this.#encoding === 'identity' ? 'INTERNAL' : 'UNIMPLEMENTED',
      `The message is compressed, but the request names ${named}; gzip and deflate are known`,
    );
  }

  #sendHeaders(): void {
    if (this.#headersSent) return;
    this.#headersSent = true;
    this.#stream.on('wantTrailers', onWantTrailers);
    this.#stream.respond(RESPONSE_HEADERS, RESPONSE_OPTIONS);
  }

  sendTrailers(): void {
    this.#stream.sendTrailers(this.#trailers);
  }

  #answer(frame: Uint8Array | undefined): void {
    if (this.#answered || this.ended) return;
    this.#finished(STATUS.OK);
    if (this.#stream.destroyed) return;
    this.#sendHeaders();
    if (frame === undefined) this.#stream.end();
    else this.#stream.end(frame);
  }

  fail(status: StatusError): void {
    if (this.#answered || this.ended) return;
    this.#finished(status.code);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const trailers = errorTrailers(status.code, status.message, status.attempts);
    if (this.#headersSent) {
      this.#trailers = trailers;
      stream.end();
      return;
    }
    if (status.code === STATUS.UNIMPLEMENTED)
      trailers['grpc-accept-encoding'] = 'identity,deflate,gzip';
    stream.respond({ ...RESPONSE_HEADERS, ...trailers }, { endStream: true });
  }

  #finished(code: StatusCode): void {
    this.#answered = true;
    this.#clear();
    this.#options.onEnded(this.#method.name, code, this.#started);
  }

  #clear(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#uncount();
    this.#chunks = undefined;
    this.#first = undefined;
  }

  /** The client's deadline has passed. */
  deadline(): void {
    this.#timer = undefined;
    const answered = this.#answered;
    this.fail(
      new StatusError(
        'DEADLINE_EXCEEDED',
        'The deadline of the call has passed; the outcome is unknown',
      ),
    );
    if (!answered) this.#end();
  }

  /** The stream is closed, by whichever side. */
  closed(): void {
    if (this.#answered) {
      this.#end();
      return;
    }
    this.#finished(STATUS.CANCELLED);
    this.#end();
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener();
  }
}

function onData(this: ServerHttp2Stream, chunk: Buffer): void {
  (this as CallStream).millraceCall.data(chunk);
}
function onRequestEnd(this: ServerHttp2Stream): void {
  (this as CallStream).millraceCall.requestEnd();
}
function onClose(this: ServerHttp2Stream): void {
  (this as CallStream).millraceCall.closed();
}
function onWantTrailers(this: ServerHttp2Stream): void {
  (this as CallStream).millraceCall.sendTrailers();
}
function onDeadline(call: Http2Call): void {
  call.deadline();
}
function ignore(): void {}

/** Status as headers; the text is percent-encoded as gRPC wants it. */
export function errorTrailers(
  code: StatusCode,
  message: string,
  attempts: readonly Attempt[],
): Record<string, string> {
  const text =
    message.length > MESSAGE_CHARS_MAX ? `${message.slice(0, MESSAGE_CHARS_MAX)}...` : message;
  const trailers: Record<string, string> = {
    'grpc-status': String(code),
    'grpc-message': text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]/gu, encodeURIComponent),
  };
  if (text.length <= DETAILS_CHARS_MAX) {
    trailers['grpc-status-details-bin'] = statusDetails(code, text, attempts).toString('base64');
  }
  return trailers;
}

const UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** ms in a `grpc-timeout` header; undefined when there is none or it is malformed. */
export function timeoutOf(header: string | undefined): number | undefined {
  const match = header === undefined ? null : /^(\d{1,8})([HMSmun])$/.exec(header);
  if (match === null) return undefined;
  return Math.min(Number(match[1]) * (UNITS[match[2] as string] as number), 0x7fffffff);
}
