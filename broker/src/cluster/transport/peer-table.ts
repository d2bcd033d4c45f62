// The processes that we are or were connected with, and when two connections make a peer.
// Guarantees: a peer is up exactly while a connection stands in each direction; whenever one of them ends, the other one
//   is closed too, so that what a stream carried has a clear end; the number of members is bounded.
// Leaves to others: sockets, dialling, and telling the listener.
import type { Connected } from './admission.ts';
import type { Connection } from './connection.ts';
import type { Greeting } from './handshake.ts';
import type { DownReason, PeerStats } from './transport.ts';

/** One member. Counts go on over its connections. */
export interface Link {
  greeting: Greeting;
  /** We dialled: our frames leave here. */
  outgoing: Connection | null;
  /** It dialled: its frames come here. */
  incoming: Connection | null;
  up: boolean;
  /** Ping intervals in which only one direction stood. */
  lameTicks: number;
  receivedFrames: number;
  /** Of connections that have ended. */
  readonly past: {
    sentFrames: number;
    sentBytes: number;
    receivedBytes: number;
    urgentShed: number;
    normalShed: number;
    bulkShed: number;
  };
}

export interface PeerEvents {
  up(link: Link): void;
  /** It was up. */
  down(link: Link, reason: DownReason): void;
}

export class PeerTable implements Connected {
  readonly #links = new Map<string, Link>();
  readonly #membersMax: number;
  readonly #events: PeerEvents;

  constructor(membersMax: number, events: PeerEvents) {
    this.#membersMax = membersMax;
    this.#events = events;
  }

  get(memberId: string): Link | undefined {
    return this.#links.get(memberId);
  }

  all(): Iterable<Link> {
    return this.#links.values();
  }

  byMember(memberId: string): Greeting | null {
    const link = this.#links.get(memberId);
    return link !== undefined && isLive(link) ? link.greeting : null;
  }

  bySession(session: number): Greeting | null {
    for (const link of this.#links.values()) {
      if (link.greeting.session === session && isLive(link)) return link.greeting;
    }
    return null;
  }

  isDialled(memberId: string): boolean {
    return (this.#links.get(memberId)?.outgoing ?? null) !== null;
  }

  get isFull(): boolean {
    let live = 0;
    for (const link of this.#links.values()) if (isLive(link)) live++;
    return live >= this.#membersMax;
  }

  /** A connection has ended its handshake well; its process was admitted. */
  add(connection: Connection, greeting: Greeting): Link {
    const link = this.#linkFor(greeting);
    if (connection.role === 'accepted') {
      // The same process dials again: it has lost the connection that we still hold.
      if (link.incoming !== null) this.takeDown(link, 'lost');
      link.incoming = connection;
    } else link.outgoing = connection;
    if (link.incoming !== null && link.outgoing !== null) {
      link.up = true;
      link.lameTicks = 0;
      this.#events.up(link);
    }
    return link;
  }

  /**
   * A standing connection has ended.
   * @returns its member; undefined when it had been replaced
   */
  remove(connection: Connection, reason: DownReason): Link | undefined {
    const link = this.#links.get(connection.greeting?.memberId ?? '');
    if (link === undefined) return undefined;
    if (link.incoming !== connection && link.outgoing !== connection) return undefined;
    this.takeDown(link, reason);
    return link;
  }

  /** Closes whatever stands with that member. */
  takeDown(link: Link, reason: DownReason): void {
    const { incoming, outgoing, up } = link;
    if (outgoing !== null) keepCounts(link, outgoing);
    if (incoming !== null) link.past.receivedBytes += incoming.receivedBytes;
    link.incoming = null;
    link.outgoing = null;
    link.up = false;
    link.lameTicks = 0;
    incoming?.drop();
    outgoing?.drop();
    if (up) this.#events.down(link, reason);
  }

  stats(): PeerStats[] {
    return [...this.#links.values()].map(statsOf);
  }

  #linkFor(greeting: Greeting): Link {
    const { memberId } = greeting;
    const known = this.#links.get(memberId);
    if (known !== undefined) {
      known.greeting = greeting;
      return known;
    }
    if (this.#links.size >= this.#membersMax) this.#forgetOne();
    const past = {
      ...{ sentFrames: 0, sentBytes: 0, receivedBytes: 0 },
      ...{ urgentShed: 0, normalShed: 0, bulkShed: 0 },
    };
    const link: Link = {
      ...{ greeting, outgoing: null, incoming: null, up: false, lameTicks: 0 },
      ...{ receivedFrames: 0, past },
    };
    this.#links.set(memberId, link);
    return link;
  }

  /** Gateways in containers have a new name at every start: the one that is known longest makes room. */
  #forgetOne(): void {
    for (const [memberId, link] of this.#links) {
      if (isLive(link)) continue;
      this.#links.delete(memberId);
      return;
    }
  }
}

function isLive(link: Link): boolean {
  return link.incoming !== null || link.outgoing !== null;
}

function keepCounts(link: Link, { sentFrames, sentBytes, queue }: Connection): void {
  const { past } = link;
  past.sentFrames += sentFrames;
  past.sentBytes += sentBytes;
  past.urgentShed += queue.shedFrames('urgent');
  past.normalShed += queue.shedFrames('normal');
  past.bulkShed += queue.shedFrames('bulk');
}

function statsOf(link: Link): PeerStats {
  const { past, outgoing, incoming, greeting, up, receivedFrames } = link;
  const queue = outgoing?.queue;
  return {
    ...{ memberId: greeting.memberId, up, receivedFrames },
    receivedBytes: past.receivedBytes + (incoming?.receivedBytes ?? 0),
    sentFrames: past.sentFrames + (outgoing?.sentFrames ?? 0),
    sentBytes: past.sentBytes + (outgoing?.sentBytes ?? 0),
    shedFrames: {
      urgent: past.urgentShed + (queue?.shedFrames('urgent') ?? 0),
      normal: past.normalShed + (queue?.shedFrames('normal') ?? 0),
      bulk: past.bulkShed + (queue?.shedFrames('bulk') ?? 0),
    },
    queuedBytes: {
      urgent: queue?.queuedBytes('urgent') ?? 0,
      normal: queue?.queuedBytes('normal') ?? 0,
      bulk: queue?.queuedBytes('bulk') ?? 0,
    },
    inFlightBytes: outgoing?.inFlightBytes ?? 0,
  };
}
