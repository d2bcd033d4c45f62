// Seeds that have found something once: run again with every test run.
// Guarantees: only ever appended; what a seed does may change with the product, what it found is said here.

export interface Regression {
  readonly kind: 'raft' | 'cluster';
  readonly seed: number;
  /** What was wrong. */
  readonly found: string;
}

export const REGRESSIONS: readonly Regression[] = [
  { kind: 'raft', seed: 42, found: 'a late answer to an earlier opening made a read stale' },
  { kind: 'raft', seed: 37, found: 'a lost folder was taken for a new member after a crash' },
  {
    kind: 'raft',
    seed: 11220,
    found: 'the referee took a stale leader for one without its entries',
  },
  { kind: 'cluster', seed: 6, found: 'an answer pointed behind its entry' },
  { kind: 'cluster', seed: 10028, found: 'a poll waited for a partition that did not answer' },
  { kind: 'cluster', seed: 10089, found: 'the same with a leader that was cut off as it began' },
  {
    kind: 'cluster',
    seed: 10140,
    found: 'a result was awaited longer when the clock was set back',
  },
  {
    kind: 'cluster',
    seed: 10210,
    found: 'a broker that was stopping when it was started stayed down',
  },
  {
    kind: 'cluster',
    seed: 20179,
    found: 'the late end of a process closed the streams of its successor',
  },
  {
    kind: 'cluster',
    seed: 20760,
    found: 'an awaited result was refused when its instance could not end',
  },
  {
    kind: 'cluster',
    seed: 30072,
    found: 'a member that came back by a checkpoint led alone, by the members of that time',
  },
];
