// The front door of the package: what the broker, the exporters' thread, `inspect` and the simulator may use.
// Guarantees: nothing else is imported from outside.
// Leaves to others: nothing.
export { acceptsCheckpoint } from './core/checkpoints.ts';
export {
  configurationBytes,
  decodeConfiguration,
  encodeConfiguration,
} from './core/configuration-codec.ts';
export {
  describeEffects,
  describeEvent,
  describeLists,
  describeMessage,
  describeProgress,
  describeState,
} from './core/describe.ts';
export type {
  DurableWrite,
  RaftEffects,
  ReadReady,
  Refusal,
  RefusalReason,
  RefusedRequest,
  RoleChange,
} from './core/effects.ts';
export { EntryKind, isEntryKind } from './core/entry-kind.ts';
export type { DiskCondition, RaftEvent } from './core/events.ts';
export { LogView } from './core/log-view.ts';
export { configurationAt } from './core/membership.ts';
export type { EntryHead, Envelope, RaftMessage } from './core/messages.ts';
export {
  type Configuration,
  createRaftState,
  defaultLimits,
  type LogIndex,
  type Member,
  type MemberId,
  type MemberLists,
  MembershipError,
  type RaftLimits,
  type RaftStart,
  type RaftState,
  type Role,
  type Term,
} from './core/state.ts';
export { step } from './core/step.ts';
export { DamagedFileError, readCheckedFile, writeCheckedFile } from './disk/checked-file.ts';
export type { Disk, DiskFile, OpenMode } from './disk/disk.ts';
export { nodeDisk } from './disk/node-disk.ts';
export { type DiskCall, type DiskDelays, SimulatedDisk } from './disk/simulated-disk.ts';
export { withSyncDelay } from './disk/slow-disk.ts';
export {
  type Checkpoint,
  type CheckpointFile,
  type CheckpointManifest,
  CheckpointStore,
  openCheckpointStore,
  type PendingCheckpoint,
} from './journal/checkpoint-store.ts';
export type { Entry, Journal, LogCut, NewEntry } from './journal/journal.ts';
export { payloadBytesMax } from './journal/journal.ts';
export {
  CompactedError,
  CorruptLogError,
  JournalError,
  type JournalErrorCode,
  UnknownEntryError,
} from './journal/journal-error.ts';
export { JournalReader, openJournalReader } from './journal/journal-reader.ts';
export { MemoryJournal } from './journal/memory-journal.ts';
export { type ScannedItem, scanJournal } from './journal/scan-journal.ts';
export {
  openSegmentedJournal,
  SegmentedJournal,
  type SegmentedJournalOptions,
} from './journal/segmented-journal.ts';
export { openVoteStore, type Vote, type VoteStore, voteDamage } from './journal/vote-store.ts';
export type { MemberProgress } from './member-progress.ts';
export { openRaftNode } from './open-raft-node.ts';
export { RaftNode } from './raft-node.ts';
export {
  checkpointsFolder,
  defaultTiming,
  journalFolder,
  NotLeaderError,
  type RaftNodeOptions,
  type RaftTiming,
  type ToldCondition,
} from './raft-node-options.ts';
export { type Cancel, systemTimers, type Timers } from './timers.ts';
export type { SendingProgress } from './transfer/checkpoint-sending.ts';
export { defaultTransferLimits, type TransferLimits } from './transfer/transfer-limits.ts';
export type { Send, Urgency } from './wire/outbox.ts';
