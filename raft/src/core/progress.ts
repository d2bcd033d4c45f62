// What a leader believes of one other member: how far it has got, and what is on its way to it.
// Guarantees: `nextIndex` is above `matchIndex`; what is in flight is bounded by the limits, one message over at most.
// Leaves to others: what is sent (replication.ts).
import type { LogIndex, Progress, RaftLimits } from './state.ts';

/** An entry costs this much of the windows besides its payload, so that empty ones are bounded too. */
export const entryOverheadBytes = 64;

/** Of a member about which nothing is known: it is asked first whether its log agrees at the end (Raft paper, 5.3). */
export function newProgress(lastIndex: LogIndex): Progress {
  return {
    mode: 'probe',
    matchIndex: 0,
    nextIndex: lastIndex + 1,
    inFlight: [],
    inFlightBytes: 0,
    probing: false,
    probeTicks: 0,
    probeWait: 1,
    agreedIndex: 0,
    stalledBeats: 0,
    silentTicks: 0,
    round: 0,
    commitSent: 0,
    diskFull: false,
    recovering: false,
  };
}

/** One message at a time from here on, beginning at the index. */
export function enterProbe(progress: Progress, nextIndex: LogIndex): void {
  progress.mode = 'probe';
  progress.nextIndex = nextIndex;
  progress.probing = false;
  progress.stalledBeats = 0;
  dropInFlight(progress);
}

export function enterReplicate(progress: Progress): void {
  progress.mode = 'replicate';
  progress.nextIndex = progress.matchIndex + 1;
  progress.probing = false;
  progress.stalledBeats = 0;
  dropInFlight(progress);
}

export function enterCheckpoint(progress: Progress): void {
  progress.mode = 'checkpoint';
  progress.probing = false;
  dropInFlight(progress);
}

/** An append left. A probe that gets no answer is repeated after twice the time, up to an election time-out. */
export function noteSent(
  progress: Progress,
  lastIndex: LogIndex,
  bytes: number,
  limits: RaftLimits,
): void {
  if (progress.mode === 'replicate') {
    progress.inFlight.push({ lastIndex, bytes });
    progress.inFlightBytes += bytes;
    progress.nextIndex = lastIndex + 1;
    return;
  }
  progress.probeWait = progress.probing
    ? Math.min(2 * progress.probeWait, limits.electionTicks)
    : limits.heartbeatTicks;
  progress.probing = true;
  progress.probeTicks = 0;
}

/** Everything up to the index is durable there: what was on its way has arrived. */
export function noteMatch(progress: Progress, index: LogIndex): void {
  if (index <= progress.matchIndex) return;
  progress.matchIndex = index;
  progress.nextIndex = Math.max(progress.nextIndex, index + 1);
  progress.stalledBeats = 0;
  const { inFlight } = progress;
  while (inFlight[0] !== undefined && inFlight[0].lastIndex <= index) {
    progress.inFlightBytes -= inFlight[0].bytes;
    inFlight.shift();
  }
}

/** Entries from the index on were taken back before they left. */
export function forgetSent(progress: Progress, fromIndex: LogIndex): void {
  progress.nextIndex = Math.min(progress.nextIndex, fromIndex);
  const { inFlight } = progress;
  for (let last = inFlight.at(-1); last !== undefined && last.lastIndex >= fromIndex; ) {
    progress.inFlightBytes -= last.bytes;
    inFlight.pop();
    last = inFlight.at(-1);
  }
}

function dropInFlight(progress: Progress): void {
  progress.inFlight.length = 0;
  progress.inFlightBytes = 0;
}
