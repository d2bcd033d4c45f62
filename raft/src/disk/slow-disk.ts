// A disk whose background syncs take longer: the disk of this machine answers in 0.15 ms, a customer's in 1 to 5 ms.
// Guarantees: the delay is added to every `sync`, nothing else changes.
// Leaves to others: everything else, to the disk it stands before.
import { systemTimers, type Timers } from '../timers.ts';
import type { Disk, DiskFile } from './disk.ts';

/** The same disk with `delayMs` milliseconds added to every background sync of a file. */
export function withSyncDelay(disk: Disk, delayMs: number, timers: Timers = systemTimers): Disk {
  return { ...disk, open: (path, mode) => slowFile(disk.open(path, mode), delayMs, timers) };
}

function slowFile(file: DiskFile, delayMs: number, timers: Timers): DiskFile {
  return {
    size: () => file.size(),
    write: (bytes, position) => file.write(bytes, position),
    writePair: (first, second, position) => file.writePair(first, second, position),
    writeLater: (bytes, position) => file.writeLater(bytes, position),
    read: (into, position) => file.read(into, position),
    readLater: (into, position) => file.readLater(into, position),
    async sync() {
      await file.sync();
      await new Promise<void>((resolve) => timers.after(delayMs, resolve));
    },
    syncNow: () => file.syncNow(),
    close: () => file.close(),
  };
}
