// The arguments of one exporter, as file, environment or code gave them.
//
// Names are compared without case and separators, and nested maps are flattened, so that `bulk: {memoryLimit: 1}` of a
// file, `BULK_MEMORYLIMIT` of the environment and `bulk.memoryLimit` in code are the same argument.

/** A missing or malformed argument; the text names exporter and argument. */
export class ExporterArgumentError extends Error {}

export class ExporterArguments {
  readonly #exporterId: string;
  readonly #values = new Map<string, unknown>();
  readonly #names = new Map<string, string>();

  constructor(exporterId: string, values: Readonly<Record<string, unknown>>) {
    this.#exporterId = exporterId;
    this.#flatten('', values);
  }

  #flatten(prefix: string, values: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(values)) {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        this.#flatten(path, value as Record<string, unknown>);
      } else if (value !== undefined && value !== null) {
        this.#values.set(canonical(path), value);
        this.#names.set(canonical(path), path);
      }
    }
  }

  /** The value as it was given; undefined when it is missing. */
  get(name: string): unknown {
    return this.#values.get(canonical(name));
  }

  has(name: string): boolean {
    return this.#values.has(canonical(name));
  }

  /** @throws ExporterArgumentError when it is missing and there is no default */
  text(name: string, missing?: string): string {
    const value = this.get(name) ?? missing;
    if (value === undefined || value === '') {
      throw this.#error(`needs the argument '${name}'`);
    }
    return String(value);
  }

  /** A whole number. @throws ExporterArgumentError */
  integer(name: string, missing: number, min = 0, max: number = Number.MAX_SAFE_INTEGER): number {
    const given = this.get(name);
    if (given === undefined) return missing;
    const value = typeof given === 'string' && given.trim() === '' ? Number.NaN : Number(given);
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw this.#error(
        `needs a whole number from ${min} to ${max} as '${name}', got '${String(given)}'`,
      );
    }
    return value;
  }

  /** @throws ExporterArgumentError */
  boolean(name: string, missing: boolean): boolean {
    const given = this.get(name);
    if (given === undefined) return missing;
    const text = String(given).toLowerCase();
    if (text !== 'true' && text !== 'false') {
      throw this.#error(`needs true or false as '${name}', got '${String(given)}'`);
    }
    return text === 'true';
  }

  /** Refuses arguments that nobody reads: a misspelt one must not be silently without effect. @throws ExporterArgumentError */
  allowOnly(...names: readonly string[]): void {
    const known = new Set(names.map(canonical));
    for (const [name, given] of this.#names) {
      if (!known.has(name)) {
        throw this.#error(`does not know the argument '${given}'; it knows ${names.join(', ')}`);
      }
    }
  }

  #error(text: string): ExporterArgumentError {
    return new ExporterArgumentError(`exporter '${this.#exporterId}' ${text}`);
  }
}

const canonical = (name: string): string => name.toLowerCase().replace(/[._-]/g, '');
