// A connection between two simulated processes: two directions, each with its frames in order.
// Guarantees: see simulated-network.ts.
// Leaves to others: who connects with whom.
import type { DownReason, Urgency } from '../../../broker/src/cluster/transport/transport.ts';
import type { Endpoint, SimulatedNetwork } from './simulated-network.ts';

/** Frames of one turn leave together: what they wait for that, ms. */
const BYTES_PER_MS = 120_000;
/** Without a sign of life a peer is lost, ms; as the transport's own limit. */
const SILENCE_MS_MAX = 5_000;

interface Frame {
  readonly kind: number;
  readonly urgency: Urgency;
  readonly payload: Uint8Array;
}

/** One end of a connection. */
export interface Side {
  readonly endpoint: Endpoint;
  /** Told of the connection, and not told of its end. */
  isUp: boolean;
  /** What goes from here and is held back by a cut. */
  readonly held: Frame[];
  /** When the last frame of each urgency from here arrives. */
  readonly arrivals: Map<Urgency, number>;
  /** When the link from here is free again. */
  freeAtMs: number;
  /** Bytes from here that have not arrived. */
  readonly waiting: Record<Urgency, number>;
  /** How long nothing was heard here, ms. */
  silenceMs: number;
  /** The process of this end has closed it. */
  isClosing: boolean;
}

export class Connection {
  readonly sides: readonly [Side, Side];
  readonly #network: SimulatedNetwork;
  #isOver = false;

  constructor(network: SimulatedNetwork, dialler: Endpoint, accepter: Endpoint) {
    this.#network = network;
    this.sides = [newSide(dialler), newSide(accepter)];
  }

  isOf(endpoint: Endpoint): boolean {
    return this.sides.some((side) => side.endpoint === endpoint);
  }

  isBetween(memberId: string, other: string): boolean {
    const ids = this.sides.map((side) => side.endpoint.hello.memberId);
    return ids.includes(memberId) && ids.includes(other);
  }

  side(endpoint: Endpoint): Side {
    return this.sides[0].endpoint === endpoint ? this.sides[0] : this.sides[1];
  }

  other(side: Side): Side {
    return this.sides[0] === side ? this.sides[1] : this.sides[0];
  }

  open(): void {
    for (const side of this.sides) {
      const peer = this.other(side).endpoint;
      this.#tell(side, this.#delayMs(this.other(side)), () => {
        if (this.#isOver) return;
        // The same member on a new connection: the former one is over (transport/peer-table.ts).
        this.#network.settle(side.endpoint, peer.hello.memberId);
        side.isUp = true;
        side.endpoint.listener.peerUp(peer.hello);
      });
    }
  }

  /** Sends a frame from that side. */
  send(from: Side, frame: Frame): void {
    from.waiting[frame.urgency] += frame.payload.length;
    if (from.held.length > 0 || this.#isCut(from)) from.held.push(frame);
    else this.#transmit(from, frame);
  }

  /** The process of that side has closed the connection. */
  sayGoodbye(endpoint: Endpoint): void {
    const side = this.side(endpoint);
    side.isClosing = true;
    side.isUp = false;
    if (this.#isCut(side)) return;
    const last = Math.max(this.#network.world.time.nowMs, ...side.arrivals.values());
    this.#network.world.time.at(last + this.#delayMs(side), () =>
      this.#network.break(this, 'closed'),
    );
  }

  /** Both sides that live are told that it is over. */
  end(reason: DownReason): void {
    this.#isOver = true;
    for (const side of this.sides) {
      if (!side.isUp) continue;
      // What a cut hides is noticed by the silence.
      const delayMs = this.#isCut(this.other(side))
        ? SILENCE_MS_MAX
        : this.#delayMs(this.other(side));
      this.#tell(side, delayMs, () => this.#tellEnd(side, reason));
    }
  }

  /** The endpoint learns now that the connection is over, if it does not know yet. */
  settle(endpoint: Endpoint): void {
    this.#tellEnd(this.side(endpoint), 'lost');
  }

  /** Whether nobody has to learn of its end any more. */
  get isSettled(): boolean {
    return this.sides.every((side) => !side.isUp || side.endpoint.process.timers.isEnded);
  }

  #tellEnd(side: Side, reason: DownReason): void {
    if (!side.isUp) return;
    side.isUp = false;
    side.endpoint.listener.peerDown(this.other(side).endpoint.hello, reason);
  }

  /** Time has passed: what a cut held back goes on, and silence ends the connection. */
  look(passedMs: number): void {
    for (const side of this.sides) {
      const from = this.other(side);
      const isSilent = this.#isCut(from) || from.endpoint.process.timers.isEnded || isPaused(from);
      side.silenceMs = isSilent ? side.silenceMs + passedMs : 0;
      if (!this.#isCut(from)) {
        for (const frame of from.held.splice(0)) this.#transmit(from, frame);
        if (from.isClosing) this.sayGoodbye(from.endpoint);
      }
      // A paused process does not notice silence before it goes on.
      if (side.silenceMs >= SILENCE_MS_MAX && !isPaused(side)) this.#network.break(this, 'lost');
    }
  }

  #transmit(from: Side, frame: Frame): void {
    const { world } = this.#network;
    const to = this.other(from);
    const { nowMs } = world.time;
    from.freeAtMs = Math.max(from.freeAtMs, nowMs) + (frame.payload.length + 16) / BYTES_PER_MS;
    const earliest = from.arrivals.get(frame.urgency) ?? 0;
    const atMs = Math.max(from.freeAtMs + this.#delayMs(from), earliest + 1e-6);
    from.arrivals.set(frame.urgency, atMs);
    world.time.at(atMs, () => {
      from.waiting[frame.urgency] -= frame.payload.length;
      this.#tell(to, 0, () => {
        if (this.#isOver || !to.isUp) return;
        world.note(frame.payload);
        to.endpoint.listener.received(from.endpoint.hello, frame.kind, frame.payload);
      });
    });
  }

  #tell(side: Side, delayMs: number, what: () => void): void {
    const { process, transport } = side.endpoint;
    process.timers.fromOutside(delayMs, () => {
      if (!transport.isClosed) what();
    });
  }

  #isCut(from: Side): boolean {
    return this.#network.links.isCut(machineOf(from), machineOf(this.other(from)));
  }

  #delayMs(from: Side): number {
    return this.#network.links.delayMs(machineOf(from), machineOf(this.other(from)));
  }
}

function newSide(endpoint: Endpoint): Side {
  return {
    endpoint,
    isUp: false,
    held: [],
    arrivals: new Map(),
    freeAtMs: 0,
    waiting: { urgent: 0, normal: 0, bulk: 0 },
    silenceMs: 0,
    isClosing: false,
  };
}

function machineOf(side: Side): number {
  return side.endpoint.process.machine.id;
}

function isPaused(side: Side): boolean {
  return side.endpoint.process.timers.isPaused;
}
