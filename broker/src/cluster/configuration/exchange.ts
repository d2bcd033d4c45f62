// What the cluster's configuration needs of the connections between brokers.
// Guarantees: nothing by itself; messages may be lost, late or come twice, and what rests on them is repeated.
// Leaves to others: the connections (transport/), telling the keeper of a broker that comes up (`peerUp`).
import type { MemberId } from './core/cluster-configuration.ts';

export interface Exchange {
  /** Brokers that can be reached now, members or not, without this one. */
  reachable(): readonly MemberId[];
  /** Sends a few KB at most, or drops it. Never calls back from inside. */
  send(to: MemberId, bytes: Uint8Array): void;
}

/** For a broker that is alone. */
export const noExchange: Exchange = { reachable: () => [], send: () => {} };
