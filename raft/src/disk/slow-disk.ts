// A disk whose background syncs take longer: the disk of this machine answers in 0.15 ms, a customer's in 1 to 5 ms.
// Guarantees: the delay is added to every `sync`, nothing else changes.
// Leaves to others: everything else, to the disk it stands before.
import type { Disk, DiskFile } from './disk.ts';

/** The same disk with `delayMs` milliseconds added to every background sync of a file. */
export function withSyncDelay(disk: Disk, delayMs: number): Disk {
  return { ...disk, open: (path, mode) => slowFile(disk.open(path, mode), delayMs) };
}

function slowFile(file: DiskFile, delayMs: number): DiskFile {
  return {
    size: () => file.size(),
    write: (bytes, position) => file.write(bytes, position),
    writePair: (first, second, position) => file.writePair(first, second, position),
    writeLater: (bytes, position) => file.writeLater(bytes, position),
    read: (into, position) => file.read(into, position),
    readLater: (into, position) => file.readLater(into, position),
    async sync() {
      await file.sync();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    },
    syncNow: () => file.syncNow(),
    close: () => file.close(),
  };
}
