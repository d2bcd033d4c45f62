// What a partition makes of the errors of its parts: which of them may pass, and how they are told to those who wait.
import { UnknownRecordError } from '@millrace/protocol';
import { CorruptLogError, MembershipError, UnknownEntryError } from '@millrace/raft';
import { StateError } from '../core/state/state-error.ts';
import type { Refusal } from './command-intake.ts';
import { ReplayError } from './log-follower.ts';

/** Whether opening again cannot mend it. */
export function isFinal(error: Error): boolean {
  return (
    error instanceof CorruptLogError ||
    error instanceof UnknownEntryError ||
    error instanceof UnknownRecordError ||
    error instanceof MembershipError ||
    error instanceof ReplayError ||
    error instanceof StateError
  );
}

/** The status for those whose commands were not taken because of it. */
export function codeOf(error: Error): Refusal['code'] {
  const { code } = error as { code?: string };
  return code === 'disk-full' ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE';
}
