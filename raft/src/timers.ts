// Time as everything below the sockets sees it, so that a simulation can put a virtual clock in its place.
// Guarantees: nothing by itself; `systemTimers` is the machine's own clock and event loop.
// Leaves to others: who is asked to stop what he began: a cancelled timer never fires.

/** Ends a timer; a second call, or one after it has fired, does nothing. */
export type Cancel = () => void;

export interface Timers {
  /** ms since the epoch; may step back. */
  wallMs(): number;
  /** ms since some moment; never steps back. */
  monotonicMs(): number;
  /** Calls back once, after at least so many ms. */
  after(ms: number, callback: () => void): Cancel;
  /** Calls back again and again. */
  every(ms: number, callback: () => void): Cancel;
  /** Calls back once, when the present turn of the event loop has ended and what waited before it has run. */
  soon(callback: () => void): Cancel;
}

export const systemTimers: Timers = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  every(ms, callback) {
    const timer = setInterval(callback, ms);
    return () => clearInterval(timer);
  },
  soon(callback) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
};
