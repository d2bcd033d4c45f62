// The order in which names stand in the reference's store, and therefore in its records: shorter ones first.

/** For sorting. */
export function compareNames(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
