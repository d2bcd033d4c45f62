// How long to wait before a failed export is repeated.

const FIRST_MS = 50;
const LONGEST_MS = 10_000;

/**
 * Doubles from 50 ms up to 10 s; a random part of up to half keeps exporters from returning in step.
 * @param failures how many calls failed in a row, from 1
 * @param random from 0 to 1
 */
export function backOffMs(failures: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(whole * (1 - random / 2));
}
