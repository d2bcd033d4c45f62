// The program that a machine of a Raft simulation runs: the real driver with a small application on top.
// Guarantees: everything that the driver says reaches the referee; a member that fails opens again after a pause, as the
// broker does.
// Leaves to others: what the answers mean (raft-referee.ts), who the members are (raft-group.ts).
import { crc32 } from 'node:zlib';
import {
  type Entry,
  EntryKind,
  type Member,
  NotLeaderError,
  openRaftNode,
  type RaftNode,
  type RaftNodeOptions,
  type RaftTiming,
} from '@millrace/raft';
import type { SimulatedProcess } from '../world/machine.ts';
import type { RaftReferee } from './raft-referee.ts';

const DIR = '/data';
const REOPEN_MS = 200;
const SEGMENT_BYTES = 24 * 1024;

export type RaftSending = NonNullable<RaftNodeOptions['sending']>;

/** What a member needs of its surroundings. */
export interface RaftMemberOwner {
  readonly referee: RaftReferee;
  readonly timing: RaftTiming;
  readonly sending: RaftSending;
  /** Whom a member that has never run takes for its group. */
  readonly members: readonly Member[];
  /** Whether an empty folder is a new member's, and not one that was lost. */
  isNew(machine: number): boolean;
  send(from: number, to: number, bytes: Uint8Array): void;
  /** It has begun to lead. */
  leads(): void;
  /** The folder cannot be opened; answers whether somebody has mended it. */
  refused(machine: number, error: Error): boolean;
  say(text: () => string): void;
}

/** The application: it counts and sums up what was committed. */
interface Applied {
  readonly index: number;
  readonly sum: number;
}

export class RaftMember {
  readonly id: number;
  readonly #process: SimulatedProcess;
  readonly #owner: RaftMemberOwner;
  #node: RaftNode | undefined;
  #applied: Applied = { index: 0, sum: 0 };
  #committed = 0;
  #isCheckpointing = false;

  constructor(process: SimulatedProcess, owner: RaftMemberOwner) {
    this.id = process.machine.id;
    this.#process = process;
    this.#owner = owner;
    this.#open();
  }

  get node(): RaftNode | undefined {
    return this.#node;
  }

  get applied(): Applied {
    return this.#applied;
  }

  /** Whether it takes proposals and has applied everything before its term. */
  get isReady(): boolean {
    const ready = this.#node?.firstReadyIndex ?? null;
    return this.#node?.role === 'leader' && ready !== null && this.#applied.index >= ready;
  }

  receive(from: number, bytes: Uint8Array): void {
    this.#node?.receive(from, bytes);
  }

  connectionClosed(by: number): void {
    this.#node?.connectionClosed(by);
  }

  /** Answers the place in the log; undefined when it was not taken. */
  propose(payload: Uint8Array): { readonly index: number; readonly term: number } | undefined {
    try {
      return this.#node?.propose(EntryKind.records, payload);
    } catch (error) {
      this.#owner.say(() => `takes no proposal: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** A linearizable read, judged by the referee. Answers whether there was an answer. */
  async read(): Promise<boolean> {
    const node = this.#node;
    if (node === undefined) return false;
    const committed = this.#owner.referee.committedIndex;
    try {
      const index = await node.readIndex();
      this.#owner.referee.read(this.id, index, committed);
      return true;
    } catch (error) {
      if (!(error instanceof NotLeaderError)) throw error;
      return false;
    }
  }

  /** Writes a checkpoint of what is applied, and drops what it covers. */
  async checkpoint(keepBehind: number): Promise<void> {
    const node = this.#node;
    const { index } = this.#applied;
    if (node === undefined || this.#isCheckpointing) return;
    if (index <= (node.checkpoints.newest()?.manifest.index ?? 0)) return;
    const term = node.journal.termAt(index);
    if (term === undefined) return;
    this.#isCheckpointing = true;
    try {
      const pending = node.checkpoints.begin({ index, term, position: index });
      try {
        writeState(this.#process, `${pending.path}/state`, this.#applied);
        await pending.commit('simulation');
      } catch (error) {
        pending.abort();
        throw error;
      }
      node.checkpoints.prune(2);
      const oldest = node.checkpoints.list()[0]?.manifest.index ?? 0;
      node.compact(Math.max(1, oldest + 1 - keepBehind));
    } catch (error) {
      this.#owner.say(() => `no checkpoint: ${(error as Error).message}`);
    } finally {
      this.#isCheckpointing = false;
    }
  }

  #open(): void {
    const { disk, timers, random } = this.#process;
    let node: RaftNode | undefined;
    try {
      node = openRaftNode({
        dir: DIR,
        disk,
        timers,
        random: random.next,
        memberId: this.id,
        members: this.#owner.members,
        isNewGroup: this.#owner.isNew(this.id),
        segmentBytes: SEGMENT_BYTES,
        timing: this.#owner.timing,
        sending: this.#owner.sending,
        transfer: { chunkBytes: 2 * 1024, windowBytes: 8 * 1024 },
        send: (to, bytes) => this.#owner.send(this.id, to, bytes),
        onCommitted: (upToIndex) => this.#onCommitted(upToIndex),
        onRole: (role, term) => {
          this.#owner.say(() => `is ${role} in term ${term}`);
          if (role !== 'leader') return;
          this.#owner.referee.leads(this.id, term, node!.journal);
          this.#owner.leads();
        },
        onFault: (error) => this.#reopen(error),
        onCheckpointInstalled: () => this.#reopen(undefined),
        onConfiguration: ({ members }) =>
          this.#owner.say(() => `members ${members.map(({ id, type }) => `${id} ${type}`)}`),
      });
      this.#node = node;
      this.#applied = this.#restored(node);
      this.#committed = this.#applied.index;
      const { firstIndex, lastIndex, cut } = node.journal;
      this.#owner.say(
        () =>
          `opens with entries ${firstIndex} to ${lastIndex}, state at ${this.#applied.index}, term ${node!.term}` +
          (cut === null ? '' : `, cut at ${cut.index}: ${cut.reason}`),
      );
    } catch (error) {
      this.#node = undefined;
      node?.close().catch(() => {});
      this.#owner.say(() => `cannot open: ${(error as Error).message}`);
      this.#owner.refused(this.id, error as Error);
      timers.after(REOPEN_MS, () => this.#open());
    }
  }

  #restored(node: RaftNode): Applied {
    const newest = node.checkpoints.newest();
    if (newest === null) return { index: 0, sum: 0 };
    return readState(this.#process, `${newest.path}/state`);
  }

  #onCommitted(upToIndex: number): void {
    this.#committed = Math.max(this.#committed, upToIndex);
    const node = this.#node;
    while (node !== undefined && this.#applied.index < this.#committed) {
      const entries = node.journal.readFrom(this.#applied.index + 1, 64 * 1024);
      for (const entry of entries) {
        if (entry.index > this.#committed) return;
        this.#apply(entry);
      }
      if (entries.length === 0) {
        throw new Error(`entry ${this.#applied.index + 1} is committed and not in the log`);
      }
    }
  }

  #apply(entry: Entry): void {
    this.#owner.referee.committed(this.id, entry, this.#node!.term);
    this.#applied = { index: entry.index, sum: crc32(entry.payload, this.#applied.sum) };
    this.#owner.referee.state(this.id, entry.index, this.#applied.sum);
  }

  /** After a fault, or with a checkpoint from the leader. */
  #reopen(error: Error | undefined): void {
    const node = this.#node;
    this.#node = undefined;
    this.#owner.say(() =>
      error === undefined ? 'takes over a checkpoint' : `fails: ${error.message}`,
    );
    if (node === undefined) return;
    const { timers } = this.#process;
    node.close().then(() => timers.after(error === undefined ? 1 : REOPEN_MS, () => this.#open()));
  }
}

/** A state of a few KB, so that its transfer takes several messages. */
function writeState({ disk }: SimulatedProcess, path: string, applied: Applied): void {
  const file = disk.open(path, 'create');
  try {
    const filler = 'x'.repeat(6_000);
    file.write(new TextEncoder().encode(JSON.stringify({ ...applied, filler })), 0);
  } finally {
    file.close();
  }
}

function readState({ disk }: SimulatedProcess, path: string): Applied {
  const file = disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    const { index, sum } = JSON.parse(new TextDecoder().decode(bytes)) as Applied;
    return { index, sum };
  } finally {
    file.close();
  }
}
