// What can go wrong in a run, as data: a schedule of faults is a list of these, so that a run can be repeated with fewer.
// Guarantees: nothing by itself.
// Leaves to others: making the list (fault-schedule.ts) and carrying it out (fault-injector.ts).

interface Timed {
  /** Its place in the schedule: what it leaves to chance depends on the seed and on this alone. */
  readonly id: number;
  readonly atMs: number;
  /** How long it lasts; then it is over by itself. */
  readonly forMs: number;
}

interface OnMachine extends Timed {
  readonly machine: number;
  /**
   * Who is meant instead, if there is one: whoever leads at that moment, or whoever is the next to lead, right after he
   * has begun.
   */
  readonly strikes?: 'leader' | 'new-leader';
}

export type Fault =
  /** kill -9; started again when it is over. */
  | (OnMachine & { readonly kind: 'kill' })
  /** The power goes off; started again when it is over. */
  | (OnMachine & { readonly kind: 'crash' })
  /** SIGTERM; started again when it is over. */
  | (OnMachine & { readonly kind: 'stop' })
  /** An operator changes who belongs to the group or the cluster; which change it is depends on what there is then. */
  | (Timed & { readonly kind: 'change' })
  /** SIGSTOP, then SIGCONT. */
  | (OnMachine & { readonly kind: 'pause' })
  /** Nothing gets from the left ones to the right ones, and back only if `isOneWay`. */
  | (Timed & {
      readonly kind: 'cut';
      readonly left: readonly number[];
      readonly right: readonly number[];
      readonly isOneWay: boolean;
    })
  /** Nothing gets from the machine to any other one, and nothing back unless `isOneWay`. */
  | (OnMachine & { readonly kind: 'isolate'; readonly isOneWay: boolean })
  /** Everything from the one to the other takes longer. */
  | (Timed & {
      readonly kind: 'slow-link';
      readonly from: number;
      readonly to: number;
      readonly byMs: number;
    })
  /** Connections break without anybody's fault. */
  | (OnMachine & { readonly kind: 'lost-connections' })
  | (OnMachine & { readonly kind: 'slow-disk'; readonly factor: number })
  | (OnMachine & { readonly kind: 'full-disk' })
  | (OnMachine & { readonly kind: 'read-only-disk' })
  | (OnMachine & { readonly kind: 'failed-sync' })
  | (OnMachine & { readonly kind: 'failed-write' })
  /** Bits turn over in what a machine holds, while it is down for that long. */
  | (OnMachine & { readonly kind: 'bit-rot'; readonly bits: number })
  /** The data is gone, while the machine is down for that long. */
  | (OnMachine & { readonly kind: 'lost-data' })
  /** The wall clock jumps, and back when it is over. */
  | (OnMachine & { readonly kind: 'clock-step'; readonly byMs: number });

export type FaultKind = Fault['kind'];

/** For people. */
export function describeFault(fault: Fault): string {
  const { id, atMs, forMs, kind, ...rest } = fault;
  const more = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `#${id} ${kind} at ${atMs.toFixed(0)} ms for ${forMs.toFixed(0)} ms: ${more.join(', ')}`;
}
