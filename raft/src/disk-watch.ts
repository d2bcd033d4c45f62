// What the member knows of its disk's condition, from its own appends and syncs and from its surroundings.
// Guarantees: the core hears of a change once; a full disk is asked again until there is room, a slow one is slow until a
// sync was quick again.
// Leaves to others: what follows from it (core/), and failures, which are final (raft-node.ts).
import type { Disk } from './disk/disk.ts';
import type { ToldCondition } from './raft-node-options.ts';
import type { Cancel, Timers } from './timers.ts';

/** Pause between two tries whether a full disk has room, ms. */
const askMs = 1_000;
const roomBytesMin = 1024 * 1024;

export interface DiskWatchOwner {
  readonly disk: Disk;
  /** Where a try may be written. */
  readonly dir: string;
  readonly timers: Timers;
  /** Ticks that a sync may take. */
  readonly slowTicks: number;
  changed(condition: ToldCondition): void;
}

export class DiskWatch {
  readonly #owner: DiskWatchOwner;
  #told: ToldCondition = 'ok';
  /** Bytes that did not fit; 0 when the last append did. */
  #missingBytes = 0;
  #isSlow = false;
  #syncTicks = 0;
  #said: ToldCondition = 'ok';
  #cancelAsk: Cancel | null = null;

  constructor(owner: DiskWatchOwner) {
    this.#owner = owner;
  }

  /** What the surroundings see, the free space for example. */
  told(condition: ToldCondition): void {
    this.#told = condition;
    this.#say();
  }

  /** An append of so many bytes did not fit. */
  full(bytes: number): void {
    this.#missingBytes = Math.max(this.#missingBytes, bytes, 1);
    this.#cancelAsk ??= this.#owner.timers.every(askMs, () => this.#ask());
    this.#say();
  }

  /** A tick of the clock; ticks, not milliseconds, so that a process that was stopped does not blame its disk. */
  tick(isSyncing: boolean): void {
    this.#syncTicks = isSyncing ? this.#syncTicks + 1 : 0;
    if (this.#syncTicks < this.#owner.slowTicks) return;
    this.#isSlow = true;
    this.#say();
  }

  /** A sync has ended. */
  synced(): void {
    const isQuick = this.#syncTicks <= 1;
    this.#syncTicks = 0;
    if (!this.#isSlow || !isQuick) return;
    this.#isSlow = false;
    this.#say();
  }

  close(): void {
    this.#cancelAsk?.();
    this.#cancelAsk = null;
  }

  #say(): void {
    const isFull = this.#missingBytes > 0 || this.#told === 'full';
    const condition = isFull ? 'full' : this.#isSlow ? 'slow' : this.#told;
    if (condition === this.#said) return;
    this.#said = condition;
    this.#owner.changed(condition);
  }

  #ask(): void {
    if (!this.#hasRoom(Math.max(roomBytesMin, 2 * this.#missingBytes))) return;
    this.close();
    this.#missingBytes = 0;
    this.#say();
  }

  /** Writes and removes a file of that size: what is free by the system's account need not be free for us. */
  #hasRoom(bytes: number): boolean {
    const { disk, dir } = this.#owner;
    const path = `${dir}/room.tmp`;
    let hasRoom = false;
    try {
      const file = disk.open(path, 'create');
      try {
        const piece = new Uint8Array(Math.min(bytes, roomBytesMin));
        for (let at = 0; at < bytes; at += piece.length) file.write(piece, at);
        hasRoom = true;
      } finally {
        file.close();
        disk.remove(path);
      }
    } catch {
      // Still full, or worse: then the next append says so.
    }
    return hasRoom;
  }
}
