// One TCP or TLS connection with another process: its handshake, its frames out and in, and how it ends.
// Guarantees: ends exactly once, with the cause; nothing is sent or delivered before both sides have agreed; at most
//   handedBytesMax and one piece wait in the socket; a listener that throws costs the connection, not the process.
// Leaves to others: who is welcome, which connections make a peer, dialling again.
//
// Users' frames go from the side that dialled to the side that accepted. The way back carries reports of what was
// received: they bound what is under way (also in the kernel's buffers, whose size a program cannot set), and they tell
// the dialling side that the other one lives.
import type { Socket } from 'node:net';
import type { Cancel, Timers } from '@millrace/raft';
import {
  commonVersion,
  FrameKind,
  ownFrame,
  preludeOf,
  readPrelude,
  receivedFrame,
  type Versions,
} from './frame-format.ts';
import { DamagedStreamError, FrameReader } from './frame-reader.ts';
import {
  type Greeting,
  greetingBytes,
  type Refusal,
  readGreeting,
  readRefusal,
  refusalFrame,
} from './handshake.ts';
import { OutgoingQueue, type SlabStore } from './outgoing-queue.ts';
import { type TransportLimits, type Urgency, userKindsEnd } from './transport.ts';

export type ConnectionEnd =
  /** The other process closed it, or its machine says that it is gone. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'refused'; readonly by: 'us' | 'them'; readonly refusal: Refusal }
  | { readonly kind: 'damaged'; readonly why: string };

/** What a connection asks and tells. `standing` and later calls happen after the handshake. */
export interface ConnectionOwner {
  /** Whether the process that says this is welcome here. */
  admit(connection: Connection, greeting: Greeting): Refusal | null;
  standing(connection: Connection, greeting: Greeting): void;
  received(connection: Connection, kind: number, payload: Buffer): void;
  /** Brokers that the other side is connected with. */
  told(connection: Connection, payload: Buffer): void;
  ended(connection: Connection, end: ConnectionEnd): void;
}

/** What all connections of a transport have in common. */
export interface ConnectionCommons {
  readonly owner: ConnectionOwner;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  readonly slabs: SlabStore;
  readonly versions: Versions;
  /** Complete once the port is known. */
  greeting(): Greeting;
}

/** Bytes of users' frames after which the accepting side reports. */
const reportBytes = 64 * 1024;
/** How long the last words of a connection may take. */
const leaveMsMax = 1_000;

/** Error codes by which a machine says that the process at the other end is not there any more. */
const goneCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

export class Connection {
  readonly role: 'dialled' | 'accepted';
  /** "address:port" of the other end. */
  readonly remote: string;
  /** Who is there; null until the hello has come. */
  greeting: Greeting | null = null;
  state: 'handshake' | 'standing' | 'ended' = 'handshake';
  sentFrames = 0;
  sentBytes = 0;
  /** A flush at the end of this turn is under way. */
  flushAwaited = false;
  readonly queue: OutgoingQueue;

  readonly #socket: Socket;
  readonly #commons: ConnectionCommons;
  readonly #reader: FrameReader;
  readonly #cancelDeadline: Cancel;
  #theirVersions: Versions | null = null;
  #inFlightBytes = 0;
  #reportedBytes = 0;
  /** Ticks since the last byte came. Counted, not timed: a process that was stopped itself blames nobody. */
  #silentTicks = 0;

  constructor(
    socket: Socket,
    role: 'dialled' | 'accepted',
    remote: string,
    commons: ConnectionCommons,
  ) {
    this.#socket = socket;
    this.role = role;
    this.remote = remote;
    this.#commons = commons;
    const { limits, timers } = commons;
    this.queue = new OutgoingQueue(limits, commons.slabs);
    this.#reader = new FrameReader(
      {
        prelude: (bytes) => this.#prelude(bytes),
        frame: (kind, bytes) => this.#frame(kind, bytes),
      },
      limits.frameBytesMax,
    );
    this.#cancelDeadline = timers.after(limits.handshakeMsMax, () =>
      this.#end({ kind: 'lost', why: `no handshake within ${limits.handshakeMsMax} ms` }),
    );
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('end', () => this.#end({ kind: 'closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(endOf(error)));
    socket.on('close', () => this.#end({ kind: 'closed' }));
  }

  /** Dialling side: the socket is connected. */
  greet(): void {
    if (this.state !== 'handshake') return;
    this.#socket.write(greetingBytes(this.#commons.versions, this.#commons.greeting()));
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Of users' frames, with their heads. */
  get receivedBytes(): number {
    return this.#reader.takenBytes;
  }

  /** Queues a frame; `flush` sends it. @returns false when it was shed */
  add(kind: number, urgency: Urgency, parts: readonly Uint8Array[]): boolean {
    return this.queue.add(kind, urgency, parts);
  }

  /** Hands the socket as much as it may have. */
  flush(): void {
    this.flushAwaited = false;
    const { limits } = this.#commons;
    if (this.state !== 'standing' || this.queue.isEmpty) return;
    const room = limits.handedBytesMax - this.#socket.writableLength;
    if (room <= 0) return; // its write ends, and then comes back here
    const batch = this.queue.take(room, this.#inFlightBytes);
    if (batch === null) return; // the report of what was received comes back here
    this.#inFlightBytes += batch.bytes;
    this.sentBytes += batch.bytes;
    this.sentFrames += batch.frames;
    const written = (error?: Error | null) => {
      if (error) return; // the socket tells it as its own error
      this.queue.written(batch);
      this.flush();
    };
    const last = batch.buffers.length - 1;
    if (last > 0) this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(batch.buffers[i] as Uint8Array);
    this.#socket.write(batch.buffers[last] as Uint8Array, written);
    if (last > 0) this.#socket.uncork();
  }

  /** One more ping interval has passed. */
  tick(): void {
    if (this.state !== 'standing') return;
    const { silenceMsMax, pingEveryMs } = this.#commons.limits;
    this.#silentTicks++;
    if (this.#silentTicks > silenceMsMax / pingEveryMs) {
      this.#end({ kind: 'lost', why: `nothing was heard for ${silenceMsMax} ms` });
    } else if (this.role === 'dialled') {
      this.#socket.write(ownFrame(FrameKind.ping));
    }
  }

  /** A frame of the transport's own, ahead of everything that waits. */
  sendOwn(frame: Buffer): void {
    if (this.state !== 'ended') this.#socket.write(frame);
  }

  /** Closes it from this side although the process goes on; the owner is told. */
  fail(why: string): void {
    this.#end({ kind: 'lost', why });
  }

  /** The same when the owner knows already. */
  drop(): void {
    if (this.state === 'ended') return;
    this.#finish();
    this.#leave(ownFrame(FrameKind.bye));
  }

  /** Closes it because this process ends. What waits is sent, as far as that is possible within that time. */
  close(withinMs: number): Promise<void> {
    const rest = this.state === 'standing' ? this.queue.take(Number.MAX_SAFE_INTEGER, 0) : null;
    this.#finish();
    const socket = this.#socket;
    if (socket.closed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('close', () => resolve());
    socket.cork();
    for (const buffer of rest?.buffers ?? []) socket.write(buffer);
    socket.uncork();
    this.#leave(null, withinMs);
    return promise;
  }

  /**
   * Ends the socket behind what was written, and waits for the other side to end it too: a socket that is closed while
   * reports still come in is reset, and with it goes what is on its way. Who takes nothing cannot hold it for long.
   */
  #leave(lastFrame: Buffer | null, withinMs = leaveMsMax): void {
    const socket = this.#socket;
    if (socket.connecting || !socket.writable) {
      socket.destroy();
      return;
    }
    if (lastFrame !== null) socket.write(lastFrame);
    const cancel = this.#commons.timers.after(withinMs, () => socket.destroy());
    socket.once('close', cancel);
    socket.end();
  }

  #data(chunk: Buffer): void {
    this.#silentTicks = 0;
    if (this.state === 'ended') return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof DamagedStreamError)) throw error;
      this.#end({ kind: 'damaged', why: error.message });
    }
    if (this.#reader.takenBytes - this.#reportedBytes >= reportBytes) this.#report();
  }

  #report(): void {
    if (this.state !== 'standing') return;
    const bytes = this.#reader.takenBytes - this.#reportedBytes;
    this.#reportedBytes = this.#reader.takenBytes;
    this.#socket.write(receivedFrame(bytes));
  }

  #prelude(bytes: Buffer): void {
    this.#theirVersions = readPrelude(bytes);
    if (this.#theirVersions !== null) return;
    const tls = bytes[0] === 0x16 && bytes[1] === 0x03;
    throw new DamagedStreamError(
      tls
        ? 'the other side speaks TLS, this one does not: switch NETWORK_SECURITY on for all nodes or for none'
        : 'the other side does not speak this protocol: it is another program, or an address of another port',
    );
  }

  #frame(kind: number, payload: Buffer): void {
    if (this.state === 'handshake') this.#handshakeFrame(kind, payload);
    else if (kind < userKindsEnd) this.#userFrame(kind, payload);
    else this.#ownFrame(kind, payload);
  }

  #userFrame(kind: number, payload: Buffer): void {
    if (this.role === 'dialled') {
      throw new DamagedStreamError(`a frame of kind ${kind} against the direction`);
    }
    this.#commons.owner.received(this, kind, payload);
  }

  #ownFrame(kind: number, payload: Buffer): void {
    if (kind === FrameKind.ping && this.role === 'accepted') this.#report();
    else if (kind === FrameKind.received && this.role === 'dialled' && payload.length === 4) {
      this.#inFlightBytes = Math.max(0, this.#inFlightBytes - payload.readUInt32LE(0));
      this.flush();
    } else if (kind === FrameKind.bye) {
      this.#end({ kind: 'lost', why: 'the other side gave the connection up' });
    } else if (kind === FrameKind.addresses && this.role === 'accepted') {
      this.#commons.owner.told(this, payload);
    } else if (kind === FrameKind.refuse) {
      // We took it to stand, but a process with the same name came first.
      this.#end({ kind: 'refused', by: 'them', refusal: readRefusal(payload) });
    } else throw new DamagedStreamError(`a frame of kind ${kind} that does not belong here`);
  }

  #handshakeFrame(kind: number, payload: Buffer): void {
    if (kind === FrameKind.refuse) {
      this.#end({ kind: 'refused', by: 'them', refusal: readRefusal(payload) });
    } else if (kind === FrameKind.hello && this.greeting === null) this.#hello(payload);
    else if (kind === FrameKind.ready && this.role === 'accepted' && this.greeting !== null) {
      // Another one may have come meanwhile.
      const refusal = this.#commons.owner.admit(this, this.greeting);
      if (refusal === null) this.#stand(this.greeting);
      else this.#refuse(refusal);
    } else throw new DamagedStreamError(`a frame of kind ${kind} within the handshake`);
  }

  #hello(payload: Buffer): void {
    const greeting = readGreeting(payload);
    if (typeof greeting === 'string') {
      this.#refuse({ code: 'malformed', text: `the handshake is out of form: ${greeting}` });
      return;
    }
    this.greeting = greeting;
    const refusal = this.#versionRefusal(greeting) ?? this.#commons.owner.admit(this, greeting);
    if (refusal !== null) {
      this.#refuse(refusal);
    } else if (this.role === 'accepted') {
      this.#socket.write(greetingBytes(this.#commons.versions, this.#commons.greeting()));
    } else {
      this.#socket.write(ownFrame(FrameKind.ready));
      this.#stand(greeting);
    }
  }

  #versionRefusal(greeting: Greeting): Refusal | null {
    const ours = this.#commons.versions;
    const theirs = this.#theirVersions as Versions;
    if (commonVersion(ours, theirs) !== null) return null;
    const own = this.#commons.greeting();
    return {
      code: 'version',
      text:
        `member ${greeting.memberId} (release ${greeting.release}) speaks transport versions ` +
        `${theirs.lowest} to ${theirs.highest}, member ${own.memberId} (release ${own.release}) ` +
        `${ours.lowest} to ${ours.highest}: upgrade one release after the other`,
    };
  }

  #refuse(refusal: Refusal): void {
    const prelude = preludeOf(this.#commons.versions.lowest, this.#commons.versions.highest);
    const frame = refusalFrame(refusal);
    this.#socket.write(this.role === 'accepted' ? Buffer.concat([prelude, frame]) : frame);
    this.#end({ kind: 'refused', by: 'us', refusal });
  }

  #stand(greeting: Greeting): void {
    this.#cancelDeadline();
    this.state = 'standing';
    this.#reader.trusted = true;
    this.#commons.owner.standing(this, greeting);
  }

  #end(end: ConnectionEnd): void {
    if (this.state === 'ended') return;
    const goesOn = this.state === 'standing' && (end.kind === 'lost' || end.kind === 'damaged');
    this.#finish();
    this.#leave(goesOn ? ownFrame(FrameKind.bye) : null);
    this.#commons.owner.ended(this, end);
  }

  #finish(): void {
    this.state = 'ended';
    this.#reader.stopped = true;
    this.#cancelDeadline();
  }
}

function endOf(error: NodeJS.ErrnoException): ConnectionEnd {
  if (goneCodes.has(error.code ?? '')) return { kind: 'closed' };
  return { kind: 'lost', why: error.message };
}
