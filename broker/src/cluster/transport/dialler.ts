// Keeps dialling the addresses at which members are or may be: contact points, and where others say that they are.
// Guarantees: every try resolves the name again and reaches for all its addresses; retries wait twice as long each time,
//   spread by chance, up to a bound; one address is never dialled twice at the same time; nothing is dialled where a
//   connected member or this process itself was found; addresses that others told are forgotten when nobody answers.
// Leaves to others: the connection and its handshake (`dial`), and who is connected.
import { isIP } from 'node:net';
import type { Cancel, Timers } from '@millrace/raft';
import type { Log } from '../../ops/log.ts';
import type { Address, TransportLimits } from './transport.ts';

export type DialResult =
  /** A connection with that member stands, by this try or an earlier one. */
  | { readonly kind: 'member'; readonly memberId: string }
  | { readonly kind: 'self' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface DiallerOptions {
  readonly timers: Timers;
  readonly random: () => number;
  readonly limits: TransportLimits;
  readonly log: Log;
  /** All addresses of a name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  readonly dial: (ip: string, port: number) => Promise<DialResult>;
  readonly isDialled: (memberId: string) => boolean;
}

/** The port of contact points that name none. */
const portAssumed = 26502;
const addressesPerNameMax = 32;
const targetsMax = 1_024;
const knownMax = 4_096;
/** ms between two looks at a name that has led to a member: more may stand behind it later. */
const lookAgainMs = 30_000;

interface Target extends Address {
  readonly key: string;
  contactPoint: boolean;
  /** Fruitless tries in a row. */
  tries: number;
  failingSinceMs: number | null;
  settledMs: number;
  /** The operator was told that nobody is there. */
  reported: boolean;
  running: boolean;
  /** Asked for while it ran. */
  again: 'now' | 'later' | null;
  cancel: Cancel | null;
  /** "ip:port" of the last try. */
  endpoints: readonly string[];
}

export class Dialler {
  failedDials = 0;
  readonly #options: DiallerOptions;
  readonly #targets = new Map<string, Target>();
  /** Who was found at "ip:port": a member id, or null for this process. */
  readonly #known = new Map<string, string | null>();
  readonly #dialling = new Map<string, Promise<DialResult>>();
  /** Members that are not wanted any more, until they dial us. */
  readonly #left = new Set<string>();
  #closed = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** @throws Error when the text is no address */
  addContactPoint(address: string): void {
    const target = this.#target(parseAddress(address));
    if (target === null || target.contactPoint) return;
    target.contactPoint = true;
    this.#start(target);
  }

  /** Another member told of that one. */
  learn(memberId: string, address: Address): void {
    if (this.#left.has(memberId) || this.#targets.has(keyOf(address))) return;
    const target = this.#target(address);
    if (target !== null) this.#start(target);
  }

  /** That member has dialled us, so it is there now. */
  dialBack(memberId: string, address: Address): void {
    this.#left.delete(memberId);
    const target = this.#target(address);
    if (target !== null) this.#start(target);
  }

  /** The connections with that member are gone. */
  memberDown(memberId: string, address: Address): void {
    if (this.#left.has(memberId)) return;
    const advertised = this.#target(address);
    for (const target of this.#targets.values()) {
      const ledThere = target.endpoints.some((at) => this.#known.get(at) === memberId);
      if (target === advertised || ledThere) this.#retry(target);
    }
  }

  /** That member has left: nothing that leads to it is dialled. */
  forget(memberId: string, address: Address): void {
    this.#left.add(memberId);
    if (this.#left.size > targetsMax) this.#left.delete(this.#left.values().next().value as string);
    const target = this.#targets.get(keyOf(address));
    if (target !== undefined) this.#remove(target);
  }

  close(): void {
    this.#closed = true;
    for (const target of this.#targets.values()) target.cancel?.();
    this.#targets.clear();
  }

  #target(address: Address): Target | null {
    const key = keyOf(address);
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    if (this.#closed || this.#targets.size >= targetsMax) return null;
    const { host, port } = address;
    const target: Target = {
      ...{ key, host, port, contactPoint: false, tries: 0, failingSinceMs: null, settledMs: 0 },
      ...{ reported: false, running: false, again: null, cancel: null, endpoints: [] },
    };
    this.#targets.set(key, target);
    return target;
  }

  #remove(target: Target): void {
    target.cancel?.();
    this.#targets.delete(target.key);
  }

  #start(target: Target): void {
    target.cancel?.();
    target.cancel = null;
    if (target.running) target.again = 'now';
    else void this.#try(target);
  }

  /** After a loss: soon, but a link that breaks as soon as it stands is not dialled without pause. */
  #retry(target: Target): void {
    const { timers, limits } = this.#options;
    if (timers.monotonicMs() - target.settledMs > limits.backoffMsMax) target.tries = 0;
    else target.tries++;
    if (target.running) target.again ??= 'later';
    else this.#later(target, this.#backoffMs(target));
  }

  #later(target: Target, ms: number): void {
    target.cancel?.();
    target.cancel = this.#options.timers.after(ms, () => this.#start(target));
  }

  #backoffMs(target: Target): number {
    const { backoffMsMin, backoffMsMax } = this.#options.limits;
    const ms = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(target.tries, 16));
    return ms * (0.5 + this.#options.random() / 2);
  }

  async #try(target: Target): Promise<void> {
    target.running = true;
    target.again = null;
    const results = await this.#reachAll(target);
    target.running = false;
    if (this.#closed || this.#targets.get(target.key) !== target) return;
    if (target.again === 'now') this.#start(target);
    else this.#after(target, results);
    if (target.again === 'later') this.#later(target, this.#backoffMs(target));
  }

  async #reachAll(target: Target): Promise<readonly DialResult[]> {
    let ips: readonly string[] = [target.host];
    if (isIP(target.host) === 0) {
      try {
        ips = (await this.#options.lookup(target.host)).slice(0, addressesPerNameMax);
      } catch (error) {
        return [{ kind: 'failed', why: (error as Error).message }];
      }
    }
    target.endpoints = ips.map((ip) => keyOf({ host: ip, port: target.port }));
    return Promise.all(ips.map((ip) => this.#reach(ip, target.port)));
  }

  async #reach(ip: string, port: number): Promise<DialResult> {
    const at = keyOf({ host: ip, port });
    const known = this.#known.get(at);
    if (known === null) return { kind: 'self' };
    if (known !== undefined && (this.#left.has(known) || this.#options.isDialled(known))) {
      return { kind: 'member', memberId: known };
    }
    if (this.#closed) return { kind: 'failed', why: 'closing' };
    const running = this.#dialling.get(at);
    if (running !== undefined) return running;
    const dialled = this.#options.dial(ip, port);
    this.#dialling.set(at, dialled);
    const result = await dialled;
    this.#dialling.delete(at);
    if (result.kind === 'failed' || result.kind === 'refused') this.failedDials++;
    else this.#note(at, result.kind === 'self' ? null : result.memberId);
    return result;
  }

  #note(at: string, who: string | null): void {
    this.#known.delete(at);
    this.#known.set(at, who);
    if (this.#known.size > knownMax) this.#known.delete(this.#known.keys().next().value as string);
  }

  /** Decides when the next try is. */
  #after(target: Target, results: readonly DialResult[]): void {
    const { timers, limits, log } = this.#options;
    const nowMs = timers.monotonicMs();
    const found = results.some(({ kind }) => kind === 'member');
    if (found || results.some(({ kind }) => kind === 'self')) {
      target.failingSinceMs = null;
      target.settledMs = nowMs;
      if (target.reported) log.info({ address: target.key }, 'the address is reached again');
      target.reported = false;
      // A name may lead to more members later; an address does not.
      if (target.contactPoint && isIP(target.host) === 0) {
        this.#later(target, found ? lookAgainMs : limits.backoffMsMax);
      }
      return;
    }
    target.failingSinceMs ??= nowMs;
    if (!target.contactPoint && nowMs - target.failingSinceMs > limits.forgetAfterMs) {
      log.info(
        { address: target.key },
        'nobody has answered there for long: it is dialled no more',
      );
      this.#remove(target);
      return;
    }
    const refused = results.some(({ kind }) => kind === 'refused');
    if (refused) target.tries = Number.MAX_SAFE_INTEGER;
    else target.tries++;
    const delayMs = this.#backoffMs(target);
    if (!refused && !target.reported && delayMs >= limits.backoffMsMax / 2) {
      target.reported = true;
      const why = results.map((result) => ('why' in result ? result.why : '')).join('; ');
      log.warn(
        { address: target.key, why: why || 'the name has no address' },
        'nobody is reached there: check the contact points, the advertised addresses and the network; trying on',
      );
    }
    this.#later(target, delayMs);
  }
}

/** "host:port"; IPv6 addresses in brackets. */
export function keyOf({ host, port }: Address): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads "host:port", "[::1]:port" or a host alone (then it is the usual port, 26502).
 * @throws Error naming the text
 */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? portAssumed : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Error(`"${text}" is no address of a contact point: write host:port`);
  }
  return { host, port };
}
