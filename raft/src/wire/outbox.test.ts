// What leaves: appends of one turn together, everything else at once, and never an entry that the log does not hold any more.
import { expect, it } from 'vitest';
import { EntryKind } from '../core/entry-kind.ts';
import type { RaftMessage } from '../core/messages.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { SteppedTimers } from '../testing/stepped-timers.ts';
import { decodeMessage } from './message-codec.ts';
import { Outbox } from './outbox.ts';

class Sent {
  readonly journal = new MemoryJournal();
  readonly timers = new SteppedTimers();
  readonly messages: { readonly to: number; readonly message: RaftMessage; bytes: Uint8Array }[] =
    [];
  compactions = 0;
  readonly outbox: Outbox;

  constructor(appendBytesMax = 1_000) {
    this.outbox = new Outbox(this.journal, this.timers, {
      send: (to, bytes) => {
        const message = decodeMessage(bytes)?.message as RaftMessage;
        this.messages.push({ to, message, bytes });
      },
      appendBytesMax,
      compacted: () => {
        this.compactions++;
      },
      failed(error) {
        throw error;
      },
      lastIndex: () => this.journal.lastIndex,
    });
  }

  /** Appends an entry to the log and an append with it to the outbox. */
  append(to: number, index: number, term = 1, bytes = 100): void {
    if (index > this.journal.lastIndex) {
      const payload = new Uint8Array(bytes).fill(index);
      this.journal.append({ term, kind: EntryKind.records, payload });
    }
    this.outbox.add({ to, message: appendOf(index, term, bytes) });
  }

  /** Index ranges of the appends that left, by member. */
  get ranges(): string[] {
    return this.messages.map(({ to, message }) =>
      message.kind === 'append'
        ? `${to}: ${message.previousIndex + 1}..${message.previousIndex + message.entries.length}`
        : `${to}: ${message.kind}`,
    );
  }
}

function appendOf(index: number, term: number, bytes: number): RaftMessage {
  const head = { index, term, kind: EntryKind.records, bytes };
  return {
    kind: 'append',
    term,
    previousIndex: index - 1,
    previousTerm: term,
    entries: [head],
    commitIndex: index - 1,
  };
}

it('sends appends at the end of the turn, those that follow each other as one, the same bytes to all', async () => {
  const sent = new Sent();
  for (const index of [1, 2, 3]) for (const to of [7, 8]) sent.append(to, index);
  sent.outbox.add({ to: 7, message: { kind: 'heartbeat', term: 1, commitIndex: 0, round: 1 } });
  expect(sent.ranges).toEqual(['7: heartbeat']);
  await sent.timers.run(0);
  expect(sent.ranges).toEqual(['7: heartbeat', '7: 1..3', '8: 1..3']);
  expect(sent.messages[1]?.bytes).toBe(sent.messages[2]?.bytes);
  expect(sent.messages[1]?.message).toMatchObject({ commitIndex: 2, previousIndex: 0 });
});

it('keeps to the size of a message, and to the order when appends do not follow each other', async () => {
  const sent = new Sent(250);
  for (const index of [1, 2, 3]) sent.append(7, index);
  sent.append(7, 2);
  await sent.timers.run(0);
  expect(sent.ranges).toEqual(['7: 1..2', '7: 3..3', '7: 2..2']);
});

it('spreads a great deal over several turns', async () => {
  const sent = new Sent(1_000_000);
  for (let index = 1; index <= 5; index++) sent.append(7, index, 1, 1_000_000);
  let turns = 0;
  sent.timers.after(0, () => {
    turns = sent.messages.length;
  });
  await sent.timers.run(0);
  expect([turns, sent.messages.length]).toEqual([3, 5]);
});

it('sends no entry that has been replaced or compacted meanwhile', async () => {
  const sent = new Sent();
  for (const index of [1, 2, 3]) sent.append(7, index);
  sent.journal.truncateAfter(1);
  sent.journal.append({ term: 2, kind: EntryKind.records, payload: new Uint8Array(100) });
  sent.journal.append({ term: 2, kind: EntryKind.records, payload: new Uint8Array(100) });
  await sent.timers.run(0);
  expect(sent.ranges).toEqual([]);
  sent.journal.truncateAfter(0);
  sent.append(8, 1);
  sent.journal.truncateAfter(0);
  await sent.timers.run(0);
  expect(sent.ranges).toEqual([]);
  sent.journal.reset(10, 2);
  sent.outbox.add({ to: 7, message: appendOf(9, 2, 100) });
  await sent.timers.run(0);
  expect([sent.ranges, sent.compactions]).toEqual([[], 1]);
});

it('says in the answer to a read where the log ends, and sends nothing after its end', async () => {
  const sent = new Sent();
  sent.append(7, 1);
  sent.outbox.add({ to: 7, message: { kind: 'read-index-answer', term: 1, id: 5, index: 0 } });
  expect(decodeMessage(sent.messages[0]?.bytes as Uint8Array)?.lastIndex).toBe(1);
  sent.outbox.close();
  await sent.timers.run(100);
  expect(sent.ranges).toEqual(['7: read-index-answer']);
});
