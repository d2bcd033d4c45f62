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

/** Whether two values of plain data are equal; the order of keys does not matter. */
export function sameData(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  const fields = one as Readonly<Record<string, unknown>>;
  const otherFields = other as Readonly<Record<string, unknown>>;
  return keys.every((key) => key in otherFields && sameData(fields[key], otherFields[key]));
}
