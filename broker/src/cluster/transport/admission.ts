// Who may talk with us, and in which words a process is turned away.
// Guarantees: one cluster, one process per member id, one member per session; the texts name both sides and the remedy,
//   for both sides log the same text.
// Leaves to others: the form of the handshake, and versions.
import type { Greeting, Refusal } from './handshake.ts';

/** What is known of the processes that are connected. */
export interface Connected {
  /** The process that holds this member id by a standing connection. */
  byMember(memberId: string): Greeting | null;
  bySession(session: number): Greeting | null;
  /** Whether we have dialled that process already. */
  isDialled(memberId: string): boolean;
  readonly isFull: boolean;
}

/** @returns null when that process is welcome */
export function refusalOf(
  own: Greeting,
  other: Greeting,
  role: 'dialled' | 'accepted',
  connected: Connected,
): Refusal | null {
  if (other.instance === own.instance) {
    return { code: 'same-process', text: 'this is the same process' };
  }
  if (other.clusterName !== own.clusterName) return otherCluster(own, other);
  if (other.memberId === own.memberId) return memberIdTaken(other, own);
  if (other.session === own.session) return sessionTaken(other, own);
  const holder = connected.byMember(other.memberId);
  if (holder !== null && holder.instance !== other.instance) return memberIdTaken(other, holder);
  const sameSession = connected.bySession(other.session);
  if (sameSession !== null && sameSession.memberId !== other.memberId) {
    return sessionTaken(other, sameSession);
  }
  if (role === 'dialled' && connected.isDialled(other.memberId)) {
    return { code: 'connected-already', text: `member ${other.memberId} is connected already` };
  }
  if (holder === null && connected.isFull) {
    return { code: 'too-many', text: `${named(own)} is connected with as many members as it may` };
  }
  return null;
}

/** "member 1 (10.0.0.5:26502)" */
export function named({ memberId, advertised }: Greeting): string {
  return `member ${memberId} (${advertised.host}:${advertised.port})`;
}

function otherCluster(own: Greeting, other: Greeting): Refusal {
  return {
    code: 'cluster-name',
    text:
      `${named(other)} belongs to cluster "${other.clusterName}", ${named(own)} to ` +
      `"${own.clusterName}": set the same CLUSTER_CLUSTERNAME on all, or correct the contact points`,
  };
}

function memberIdTaken(other: Greeting, holder: Greeting): Refusal {
  return {
    code: 'member-id-taken',
    text:
      `the member id of ${named(other)} is held by another process, ${named(holder)}: give every ` +
      'broker a CLUSTER_NODEID and every gateway a CLUSTER_MEMBERID of its own (when that process ' +
      'has died with its machine, this ends by itself within seconds)',
  };
}

function sessionTaken(other: Greeting, holder: Greeting): Refusal {
  return {
    code: 'session-taken',
    text:
      `${named(other)} and ${named(holder)} have drawn the same gateway session ` +
      `${other.session}: restart one of them, a session is drawn at every start`,
  };
}
