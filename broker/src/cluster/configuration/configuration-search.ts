// A broker that has no configuration yet gets one: from another broker, or, on the first start of a cluster, from the settings.
// Guarantees: settings become a configuration on the lowest of the brokers that they name, and only when more than half of
// those have said that they have none either; so a broker that lost its disk never begins a cluster anew beside the others.
// Leaves to others: what arrives (the keeper hands it in), how the configuration is kept.
import type { Cancel, Timers } from '@millrace/raft';
import type { ConfigurationLimits } from './configuration-limits.ts';
import { majorityOf } from './core/agreement.ts';
import type { MemberId } from './core/cluster-configuration.ts';
import { type StaticCluster, staticMembers } from './core/static-configuration.ts';

export interface SearchOptions {
  readonly self: MemberId;
  readonly settings: StaticCluster;
  readonly timers: Timers;
  readonly limits: ConfigurationLimits;
  /** Asks all brokers that can be reached. */
  readonly ask: () => void;
  /** Nobody has one: this broker may begin. */
  readonly begin: () => void;
  readonly log: (text: string) => void;
}

/** After so many vain rounds the log says what is waited for; then after twice as many, and so on. */
const ROUNDS_BEFORE_WORDS = 10;

export class ConfigurationSearch {
  readonly #options: SearchOptions;
  readonly #none: Set<MemberId>;
  #rounds = 0;
  #stop: Cancel = () => {};

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#none = new Set([options.self]);
  }

  start(): void {
    const { timers, limits, ask } = this.#options;
    this.#stop = timers.every(limits.askMs, () => this.#again());
    ask();
    this.#decide();
  }

  #again(): void {
    this.#rounds++;
    const words = this.#rounds / ROUNDS_BEFORE_WORDS;
    if (words >= 1 && Number.isInteger(Math.log2(words))) this.#options.log(this.#waitingFor());
    this.#options.ask();
    this.#decide();
  }

  #waitingFor(): string {
    const { settings } = this.#options;
    const members = staticMembers(settings);
    const answered = members.filter((member) => this.#none.has(member));
    return (
      `waits for the configuration of the cluster: none of the brokers ${answered.join(', ')} has one, ` +
      `and a new cluster begins when ${majorityOf(members)} of the brokers ${members.join(', ')}, broker 0 among them, are there`
    );
  }

  /** Another broker has none. */
  onNone(from: MemberId): void {
    this.#none.add(from);
    this.#decide();
  }

  #decide(): void {
    const { self, settings, begin } = this.#options;
    const members = staticMembers(settings);
    if (members[0] !== self) return;
    if (members.filter((member) => this.#none.has(member)).length < majorityOf(members)) return;
    this.stop();
    begin();
  }

  stop(): void {
    this.#stop();
  }
}
