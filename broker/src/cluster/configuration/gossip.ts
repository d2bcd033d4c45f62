// How a broker's copy and its other messages leave, and how a copy that is known already is told from its bytes.
// Guarantees: a copy is encoded once, however many brokers it goes to and however often; nothing leaves after the end.
// Leaves to others: when to send what (cluster-configuration-keeper.ts).
import type { ConfigurationCopy } from './configuration-copy.ts';
import type { ClusterConfiguration, MemberId } from './core/cluster-configuration.ts';
import type { Exchange } from './exchange.ts';
import { type ConfigurationMessage, encodeMessage } from './messages.ts';

export class Gossip {
  readonly #copy: ConfigurationCopy;
  readonly #exchange: Exchange;
  #told: { readonly configuration: ClusterConfiguration; readonly bytes: Uint8Array } | undefined;
  #isClosed = false;

  constructor(copy: ConfigurationCopy, exchange: Exchange) {
    this.#copy = copy;
    this.#exchange = exchange;
  }

  /** Sends the broker's copy to all that can be reached. */
  spread(): void {
    this.sendCopy(this.#exchange.reachable());
  }

  /** Sends the broker's copy, if it has one. */
  sendCopy(to: readonly MemberId[]): void {
    const bytes = this.#copyBytes();
    if (bytes !== undefined) this.#sendBytes(to, bytes);
  }

  send(to: readonly MemberId[], message: ConfigurationMessage): void {
    if (to.length > 0) this.#sendBytes(to, encodeMessage(message));
  }

  /** Whether the bytes are the copy that is here already, as most of what is heard is. */
  isKnown(bytes: Uint8Array): boolean {
    const known = this.#copyBytes();
    return known?.length === bytes.length && known.every((byte, at) => byte === bytes[at]);
  }

  #copyBytes(): Uint8Array | undefined {
    const { configuration } = this.#copy;
    if (configuration !== undefined && this.#told?.configuration !== configuration) {
      this.#told = { configuration, bytes: encodeMessage({ kind: 'gossip', configuration }) };
    }
    return this.#told?.bytes;
  }

  #sendBytes(to: readonly MemberId[], bytes: Uint8Array): void {
    if (this.#isClosed) return;
    for (const member of to) this.#exchange.send(member, bytes);
  }

  close(): void {
    this.#isClosed = true;
  }
}
