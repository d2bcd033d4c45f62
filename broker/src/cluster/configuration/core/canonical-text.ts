// One text for one value, however its objects were put together: to compare copies and to break ties.
// Guarantees: equal data give equal text; the order of keys does not matter.
// Leaves to others: what is compared.

/** The value as JSON with sorted keys. Lists keep their order. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const pairs = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonicalText(each)}`);
  return `{${pairs.join(',')}}`;
}
