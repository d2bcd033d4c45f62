// A simulated disk as one process sees it: its calls take virtual time.
// Guarantees: a background call takes effect when its time has passed, and never when the process has ended before; a call that
// blocks keeps the process from doing anything else for as long as it takes.
// Leaves to others: faults (SimulatedDisk and who switches them on).
import type { Disk, DiskDelays, SimulatedDisk } from '@millrace/raft';
import type { SeededRandom } from '../seeded-random.ts';
import type { VirtualTimers } from '../time/virtual-timers.ts';

/** Means, ms. */
export interface DiskSpeed {
  /** One sync. */
  readonly syncMs: number;
  /** A background read or write, besides its bytes. */
  readonly callMs: number;
  readonly bytesPerMs: number;
}

export const FAST_DISK: DiskSpeed = { syncMs: 0.15, callMs: 0.02, bytesPerMs: 500_000 };

/** What a machine's disk is at the moment: faults change it. */
export interface DiskPace {
  speed: DiskSpeed;
}

/** @param pace is looked at for every call */
export function diskOfProcess(
  disk: SimulatedDisk,
  timers: VirtualTimers,
  random: SeededRandom,
  pace: DiskPace,
): Disk {
  const delays: DiskDelays = {
    background(call, _path, bytes) {
      const { syncMs, callMs, bytesPerMs } = pace.speed;
      const ms =
        call === 'sync' ? random.around(syncMs) : random.around(callMs) + bytes / bytesPerMs;
      return new Promise((resolve) => timers.fromOutside(ms, resolve));
    },
    blocking() {
      timers.block(random.around(pace.speed.syncMs));
    },
  };
  return disk.mount(delays);
}
