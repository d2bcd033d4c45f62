// The bytes of lists of members.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  configurationBytes,
  decodeConfiguration,
  encodeConfiguration,
} from './configuration-codec.ts';
import type { Member, MemberLists } from './state.ts';

const list = fc.array(
  fc.record<Member>({
    id: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    type: fc.constantFrom('voter', 'learner'),
    priority: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  }),
  { maxLength: 9 },
);
const lists = fc.record<MemberLists>({ members: list, oldMembers: fc.option(list) });

it('come back as they were, and are as many as was said', () => {
  fc.assert(
    fc.property(lists, (before) => {
      const bytes = encodeConfiguration(before);
      expect(bytes.length).toBe(configurationBytes(before));
      expect(decodeConfiguration(bytes)).toEqual(before);
      // Also from within a larger buffer, as payloads come.
      const larger = new Uint8Array(bytes.length + 7);
      larger.set(bytes, 3);
      expect(decodeConfiguration(larger.subarray(3, 3 + bytes.length))).toEqual(before);
    }),
  );
});

it('are these, in every release', () => {
  const bytes = encodeConfiguration({
    members: [{ id: 2 ** 40 + 5, type: 'learner', priority: -2 }],
    oldMembers: null,
  });
  expect([...bytes]).toEqual([1, 0, 1, 255, 255, 1, 0, 0, 0, 0, 5, 1, 255, 255, 255, 254]);
});

it('of any other form are refused', () => {
  const good = encodeConfiguration({
    members: [{ id: 1, type: 'voter', priority: 1 }],
    oldMembers: [],
  });
  const changed = (at: number, value: number) => good.with(at, value);
  const bad = [new Uint8Array(0), good.subarray(1), changed(0, 2), changed(2, 2), changed(11, 7)];
  for (const bytes of bad) expect(() => decodeConfiguration(bytes)).toThrow(RangeError);
  const member: Member = { id: 2 ** 48, type: 'voter', priority: 1 };
  expect(() => encodeConfiguration({ members: [member], oldMembers: null })).toThrow(/48 bits/);
});
