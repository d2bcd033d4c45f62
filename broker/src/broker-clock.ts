// The broker's clock: the machine's, or one that an operator's test pins and moves (management port, when configured).
// Partitions keep copies of its setting and are told of every change.

export interface ClockSetting {
  /** Added to the machine's time, ms. */
  readonly offsetMs: number;
  /** The one moment it shows, ms since the epoch; undefined when it runs. */
  readonly pinnedMs: number | undefined;
}

export class BrokerClock {
  #setting: ClockSetting = { offsetMs: 0, pinnedMs: undefined };
  readonly #onChange: (setting: ClockSetting) => void;

  constructor(onChange: (setting: ClockSetting) => void) {
    this.#onChange = onChange;
  }

  /** ms since the epoch */
  now(): number {
    return this.#setting.pinnedMs ?? Date.now() + this.#setting.offsetMs;
  }

  pin(epochMs: number): void {
    this.#change({ offsetMs: this.#setting.offsetMs, pinnedMs: epochMs });
  }

  /** Moves a pinned moment, or shifts the running time. */
  add(offsetMs: number): void {
    const { pinnedMs } = this.#setting;
    if (pinnedMs !== undefined)
      this.#change({ offsetMs: this.#setting.offsetMs, pinnedMs: pinnedMs + offsetMs });
    else this.#change({ offsetMs: this.#setting.offsetMs + offsetMs, pinnedMs: undefined });
  }

  reset(): void {
    this.#change({ offsetMs: 0, pinnedMs: undefined });
  }

  #change(setting: ClockSetting): void {
    this.#setting = setting;
    this.#onChange(setting);
  }
}
