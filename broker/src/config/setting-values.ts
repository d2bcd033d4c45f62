// Texts and YAML values to typed settings: sizes, durations, switches, numbers (broker-operations.md 10.1).

/** Reads one value. @throws RangeError saying what is expected */
export type Parser = (value: unknown) => unknown;

const KB = 1024;
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB,
  MB: KB ** 2,
  GB: KB ** 3,
  TB: KB ** 4,
};
const TIME_UNITS_MS: Readonly<Record<string, number>> = {
  '': 1,
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function bounded(value: number, min: number, max: number, unit: string): number {
  if (value < min || value > max) throw new RangeError(`from ${min} to ${max}${unit}`);
  return value;
}

export const text: Parser = (value) => {
  if (typeof value === 'object' || value === undefined) throw new RangeError('a text');
  return String(value).trim();
};

export const secret = text;

/** Texts apart by commas, or a list of a YAML file. */
export const texts: Parser = (value) => {
  const given = Array.isArray(value) ? value.map(String) : String(text(value)).split(',');
  return given.map((each) => each.trim()).filter((each) => each !== '');
};

export const integer =
  (min: number, max: number): Parser =>
  (value) => {
    const given = String(value).trim();
    if (!/^[-+]?\d+$/.test(given)) throw new RangeError(`a whole number from ${min} to ${max}`);
    return bounded(Number(given), min, max, '');
  };

export const flag: Parser = (value) => {
  const given = String(value).trim().toLowerCase();
  if (given === 'true' || given === 'false') return given === 'true';
  throw new RangeError('true or false');
};

/** Bytes: a plain number or with B, KB, MB, GB, TB (powers of 1024). */
export const size =
  (min: number, max: number): Parser =>
  (value) => {
    const match = /^(\d+)\s*([A-Z]{0,2})$/.exec(String(value).trim().toUpperCase());
    const unit = SIZE_UNITS[match?.[2] ?? 'none'];
    if (match === null || unit === undefined) throw new RangeError('a size such as 512KB or 4MB');
    return bounded(Number(match[1]) * unit, min, max, ' bytes');
  };

/** ms from `250ms`, `5s`, `15m`, `PT15S` or a plain number of ms. */
export const duration =
  (minMs: number, maxMs: number): Parser =>
  (value) => {
    const given = String(value).trim();
    const simple = /^(\d+)\s*(ns|us|ms|s|m|h|d)?$/i.exec(given);
    const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(given);
    let ms: number;
    if (simple !== null) {
      ms = Number(simple[1]) * (TIME_UNITS_MS[(simple[2] ?? '').toLowerCase()] as number);
    } else if (iso !== null && /\d/.test(given)) {
      const [days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0));
      ms = (days ?? 0) * 86_400_000 + (hours ?? 0) * 3_600_000;
      ms += (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000;
    } else throw new RangeError('a duration such as 250ms, 5s, 15m or PT15S');
    return bounded(ms, minMs, maxMs, ' ms');
  };

export const oneOf =
  (...words: readonly string[]): Parser =>
  (value) => {
    const given = String(value).trim().toLowerCase();
    const word = words.find((each) => each.toLowerCase() === given);
    if (word === undefined) throw new RangeError(`one of ${words.join(', ')}`);
    return word;
  };
