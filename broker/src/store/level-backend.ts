// The store of the product: LevelDB on the machine's own file system, copied by hard links.
import { nodeDisk } from '@millrace/raft';
import { restoreFromCheckpoint } from './checkpoint.ts';
import { openLevelStore } from './level-store.ts';
import type { StoreBackend } from './store-backend.ts';

export const levelBackend: StoreBackend = {
  disk: nodeDisk,
  open: openLevelStore,
  restore: restoreFromCheckpoint,
};
