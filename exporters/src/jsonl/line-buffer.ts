// Lines as bytes, one behind the other, in memory that is used again for the next batch.
const FIRST_BYTES = 64 * 1024;
/** More than this is given back after the batch that needed it. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
const LINE_FEED = 10;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const UNIT_BYTES_MAX = 3;

export class LineBuffer {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES_MAX) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** @param line without line end */
  add(line: string): void {
    const needed = this.#length + line.length * UNIT_BYTES_MAX + 1;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#length += this.#buffer.write(line, this.#length, 'utf8');
    this.#buffer[this.#length++] = LINE_FEED;
  }

  /** All lines with their ends: a view that holds until the next `add` or `clear`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
