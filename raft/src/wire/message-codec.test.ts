// Messages as bytes: every kind comes back as it was, and no damage goes through.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeConfiguration } from '../core/configuration-codec.ts';
import { EntryKind } from '../core/entry-kind.ts';
import type { EntryHead, RaftMessage } from '../core/messages.ts';
import { UnknownEntryError } from '../journal/journal-error.ts';
import type { CheckpointOffer } from '../transfer/checkpoint-offer.ts';
import { transferOf } from '../transfer/checkpoint-piece.ts';
import {
  bareMessage,
  decodeMessage,
  encodeMessage,
  type WireMessage,
  wireVersion,
} from './message-codec.ts';

const big = fc.maxSafeNat();
const flag = fc.boolean();

const plain: fc.Arbitrary<RaftMessage> = fc.oneof(
  fc.record({ kind: fc.constant('pre-vote'), term: big, lastIndex: big, lastTerm: big }),
  fc.record({ kind: fc.constant('pre-vote-answer'), term: big, electionTerm: big, granted: flag }),
  fc.record({
    kind: fc.constant('vote'),
    term: big,
    lastIndex: big,
    lastTerm: big,
    transfer: flag,
  }),
  fc.record({ kind: fc.constant('vote-answer'), term: big, granted: flag }),
  fc.record({
    kind: fc.constant('append-answer'),
    term: big,
    accepted: flag,
    index: big,
    indexTerm: big,
    previousIndex: big,
    diskFull: flag,
    recovering: flag,
  }),
  fc.record({ kind: fc.constant('heartbeat'), term: big, commitIndex: big, round: big }),
  fc.record({
    kind: fc.constant('heartbeat-answer'),
    term: big,
    round: big,
    agreedIndex: big,
    durableIndex: big,
    diskFull: flag,
    recovering: flag,
  }),
  fc.record({ kind: fc.constant('timeout-now'), term: big }),
  fc.record({ kind: fc.constant('read-index'), term: big, id: big }),
  fc.record({
    kind: fc.constant('read-index-answer'),
    term: big,
    id: big,
    index: fc.option(big),
  }),
) as fc.Arbitrary<RaftMessage>;

function appendOf(payloads: readonly Uint8Array[]): WireMessage {
  const members = [{ id: 3, type: 'learner', priority: -2 }] as const;
  const lists = { members, oldMembers: null };
  const entries: EntryHead[] = payloads.map((payload, i) => ({
    index: 8 + i,
    term: 4,
    kind: EntryKind.records,
    bytes: payload.length,
  }));
  const named = encodeConfiguration(lists);
  const { configuration: kind } = EntryKind;
  const index = 8 + entries.length;
  entries.push({ index, term: 5, kind, bytes: named.length, configuration: lists });
  const message: RaftMessage = {
    kind: 'append',
    term: 5,
    previousIndex: 7,
    previousTerm: 3,
    commitIndex: 6,
    entries,
  };
  return { ...bareMessage(message), payloads: [...payloads, named] };
}

const offer: CheckpointOffer = {
  manifest: {
    version: 1,
    index: 90,
    term: 4,
    position: 900,
    files: [{ name: 'a/b.ldb', size: 12, crc32: 77 }],
    createdBy: 'a test',
  },
  base: 40,
  baseTerm: 2,
  configuration: { index: 3, term: 1, members: [], oldMembers: null },
};
const checkpoint: RaftMessage = { kind: 'checkpoint', term: 9, index: 40, indexTerm: 2 };
const transfer = transferOf(offer);

const samples: readonly WireMessage[] = [
  appendOf([Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(300).fill(9)]),
  { ...bareMessage(checkpoint), piece: { kind: 'offer', transfer, offer } },
  {
    ...bareMessage(checkpoint),
    piece: { kind: 'bytes', transfer, position: 5, bytes: Uint8Array.of(5, 6, 7) },
  },
  {
    ...bareMessage({ kind: 'checkpoint-answer', term: 9, index: 40, outcome: 'installed' }),
    progress: { transfer, position: 12, isResume: true },
  },
];

describe('messages as bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(plain, big, (message, lastIndex) => {
        const isRead = message.kind === 'read-index-answer';
        const wire = { ...bareMessage(message), lastIndex: isRead ? lastIndex : 0 };
        expect(decodeMessage(encodeMessage(wire))).toEqual(wire);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (payloads) => {
        const wire = appendOf(payloads);
        const back = decodeMessage(encodeMessage(wire));
        expect(back?.message).toEqual(wire.message);
        expect(back?.payloads.map((p) => Uint8Array.from(p))).toEqual(wire.payloads);
      }),
    );
    for (const wire of samples) {
      const back = decodeMessage(encodeMessage(wire));
      expect(JSON.stringify(back)).toBe(JSON.stringify(viewed(wire)));
    }
  });

  it('are refused when a bit or the end is missing, wherever it is', () => {
    for (const wire of samples) {
      const bytes = encodeMessage(wire);
      for (let at = 0; at < bytes.length; at++) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
        expect(decodeMessage(damaged)).toBeNull();
        expect(decodeMessage(bytes.subarray(0, at))).toBeNull();
      }
    }
  });

  it('of another version or kind are not guessed at', () => {
    const bytes = Uint8Array.from(encodeMessage(samples[0] as WireMessage));
    bytes[0] = wireVersion + 1;
    expect(decodeMessage(bytes)).toBeNull();
    bytes[0] = wireVersion;
    bytes[1] = 99;
    expect(decodeMessage(bytes)).toBeNull();
    expect(decodeMessage(new Uint8Array(0))).toBeNull();
  });

  it('with an entry of a kind that is not known are an error, not damage', () => {
    const wire = appendOf([Uint8Array.of(1)]);
    const { message } = wire;
    if (message.kind !== 'append') throw new Error('not an append');
    const entries = message.entries.map((head) => ({ ...head, kind: 9 }));
    const bytes = encodeMessage({ ...wire, message: { ...message, entries } });
    expect(() => decodeMessage(bytes)).toThrow(UnknownEntryError);
  });

  it('carry no offer that names files elsewhere', () => {
    for (const name of ['../x', '/x', 'a//b', 'a/../../b', '']) {
      const files = [{ name, size: 1, crc32: 1 }];
      const bad = { ...offer, manifest: { ...offer.manifest, files } };
      const piece = { kind: 'offer', transfer, offer: bad } as const;
      expect(decodeMessage(encodeMessage({ ...bareMessage(checkpoint), piece }))).toBeNull();
    }
  });

  it('have a buffer of their own, so that it can be handed on', () => {
    const bytes = encodeMessage(bareMessage({ kind: 'timeout-now', term: 1 }));
    expect(bytes.buffer.byteLength).toBeLessThan(200);
  });
});

/** Payloads come back as buffers, which JSON writes differently. */
function viewed(wire: WireMessage): WireMessage {
  const { piece } = wire;
  return {
    ...wire,
    payloads: wire.payloads.map((p) => Buffer.from(p)),
    piece: piece?.kind === 'bytes' ? { ...piece, bytes: Buffer.from(piece.bytes) } : piece,
  };
}
