// Numbers of requests and job streams: whose they are, and which one.
//
// A gateway draws a session when it starts and counts from there. The number is `session * 2^29 + count`, at most 2^53 - 1,
// so it is a plain number everywhere. Partitions send answers and pushed jobs to the gateway whose session the number
// has; a number that comes again is the same request (design.md 2, "Records").
// Leaves to others: drawing sessions, and refusing two living gateways with the same one.

const COUNT_BITS = 29;
const COUNTS = 2 ** COUNT_BITS;

/** Sessions are from 1 to this number; 0 is nobody's. */
export const SESSION_MAX = 2 ** 24 - 1;
/** A session has so many numbers; then a new one has to be drawn. */
export const COUNT_MAX = COUNTS - 1;
/** Stands for every gateway. */
export const ALL_SESSIONS = 0;

/** The number of a request. @throws RangeError when the session or the count is out of its range */
export function requestIdOf(session: number, count: number): number {
  if (!Number.isInteger(session) || session < 1 || session > SESSION_MAX) {
    throw new RangeError(`a session is from 1 to ${SESSION_MAX}, not ${session}`);
  }
  if (!Number.isInteger(count) || count < 0 || count > COUNT_MAX) {
    throw new RangeError(`a session counts from 0 to ${COUNT_MAX}, not ${count}`);
  }
  return session * COUNTS + count;
}

/** The session that a request or stream belongs to; 0 for numbers that are nobody's, such as NO_REQUEST. */
export function sessionOf(requestId: number): number {
  return requestId < 0 ? 0 : Math.floor(requestId / COUNTS);
}

/** A session. @param random a number in [0, 1) */
export function drawSession(random: number): number {
  return 1 + Math.floor(random * SESSION_MAX);
}
