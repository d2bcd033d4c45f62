// Waits for a state of the outside world, with a deadline and a reason. The only pause in the kit is here.
//
// Inside a test vi.waitFor does the same for assertions; this one also serves programs that run without vitest.

export interface UntilOptions {
  /** ms */
  readonly within: number;
  /** What is waited for, as it stands in the error. */
  readonly what: string;
  /** ms between two looks. */
  readonly every?: number;
}

/**
 * Looks again and again until `look` gives something other than undefined or false, and returns that.
 * @throws Error when the deadline has passed, or at once when `look` throws
 */
export async function until<T>(
  look: () => T | Promise<T>,
  { within, what, every = 20 }: UntilOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`waited ${within} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
