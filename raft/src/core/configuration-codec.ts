// The payload of an entry of kind `configuration`.
// Guarantees: the form is on disk and between brokers of different releases; a version byte begins it. Equal lists give equal
// bytes.
// Leaves to others: whether a change is allowed (membership.ts).
import type { Member, MemberLists } from './state.ts';

const version = 1;
/** Id (6 bytes), type, priority (4 bytes). */
const memberBytes = 11;
const listMax = 0xffff;
/** In place of the count of the old members, when one list holds alone. */
const noList = 0xffff;

/** Size of the payload in bytes. */
export function configurationBytes({ members, oldMembers }: MemberLists): number {
  return 5 + memberBytes * (members.length + (oldMembers?.length ?? 0));
}

/** Throws RangeError for a member whose numbers do not fit. */
export function encodeConfiguration(lists: MemberLists): Uint8Array {
  const { members, oldMembers } = lists;
  const bytes = new Uint8Array(configurationBytes(lists));
  const view = new DataView(bytes.buffer);
  if (Math.max(members.length, oldMembers?.length ?? 0) >= listMax) {
    throw new RangeError(`A group has at most ${listMax - 1} members.`);
  }
  view.setUint8(0, version);
  view.setUint16(1, members.length);
  view.setUint16(3, oldMembers === null ? noList : oldMembers.length);
  let at = 5;
  for (const member of oldMembers === null ? members : [...members, ...oldMembers]) {
    writeMember(view, at, member);
    at += memberBytes;
  }
  return bytes;
}

/** Throws RangeError for bytes that are no such payload, or one of a later release. */
export function decodeConfiguration(bytes: Uint8Array): MemberLists {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 5 || view.getUint8(0) !== version) {
    throw new RangeError('This is no list of members, or one of a later release.');
  }
  const count = view.getUint16(1);
  const oldCount = view.getUint16(3);
  const all = count + (oldCount === noList ? 0 : oldCount);
  if (bytes.length !== 5 + memberBytes * all) {
    throw new RangeError(`${bytes.length} bytes cannot hold ${all} members.`);
  }
  const members = Array.from({ length: all }, (_, i) => readMember(view, 5 + i * memberBytes));
  const oldMembers = oldCount === noList ? null : members.splice(count);
  return { members, oldMembers };
}

function writeMember(view: DataView, at: number, { id, type, priority }: Member): void {
  if (!(Number.isSafeInteger(id) && id >= 0 && id < 2 ** 48)) {
    throw new RangeError(`Member id ${id} is no number of at most 48 bits.`);
  }
  if (!(Number.isInteger(priority) && Math.abs(priority) < 2 ** 31)) {
    throw new RangeError(`Priority ${priority} of member ${id} is no number of at most 31 bits.`);
  }
  view.setUint16(at, Math.floor(id / 2 ** 32));
  view.setUint32(at + 2, id % 2 ** 32);
  view.setUint8(at + 6, type === 'voter' ? 0 : 1);
  view.setInt32(at + 7, priority);
}

function readMember(view: DataView, at: number): Member {
  const type = view.getUint8(at + 6);
  if (type > 1) throw new RangeError(`A member of the unknown type ${type}.`);
  return {
    id: view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2),
    type: type === 0 ? 'voter' : 'learner',
    priority: view.getInt32(at + 7),
  };
}
