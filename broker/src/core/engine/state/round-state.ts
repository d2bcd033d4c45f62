// Results of the rounds of large multi-instance bodies, kept aside until the body completes.
//
// They stand in pieces, so that a result costs the same however many there are.
import type { Key } from '@millrace/protocol';
import { keyPart, numberPart } from '../../state/families.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { readStrings, writeStrings } from './value-codecs.ts';

/** Results that stand in one piece. */
const RESULTS_TOGETHER = 100;

export class RoundState {
  /** body key, piece -> raw JSON texts by round; '' for a round that has none yet. */
  readonly #results: RangeFamily<Key, number, readonly string[]>;

  constructor(db: StateDb) {
    this.#results = db.range({
      number: FAMILY.roundResults,
      name: 'round-results',
      prefix: keyPart,
      suffix: numberPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          writeStrings(out, value);
        },
        read: (from) => {
          from.u8();
          return readStrings(from);
        },
      },
    });
  }

  /** The results of all rounds as a JSON list, null for those that have none. */
  list(bodyKey: Key, rounds: number): string {
    const texts: string[] = [];
    for (let first = 0; first < rounds; first += RESULTS_TOGETHER) {
      const piece = this.#results.get(bodyKey, first / RESULTS_TOGETHER);
      const count = Math.min(RESULTS_TOGETHER, rounds - first);
      for (let i = 0; i < count; i++) texts.push(piece?.[i] || 'null');
    }
    return `[${texts.join(',')}]`;
  }

  /** The body has no results yet. */
  fresh(bodyKey: Key): void {
    this.#results.fresh(bodyKey);
  }

  // Changes, for appliers only.

  /** @param index of the round, beginning with 0 */
  put(bodyKey: Key, index: number, json: string): void {
    const number = Math.floor(index / RESULTS_TOGETHER);
    const piece = (this.#results.get(bodyKey, number) ?? []).slice();
    const place = index - number * RESULTS_TOGETHER;
    while (piece.length <= place) piece.push('');
    piece[place] = json;
    this.#results.upsert(bodyKey, number, piece);
  }

  /** The body has ended. */
  remove(bodyKey: Key, rounds: number): void {
    if (rounds === 0) return;
    for (let piece = 0; piece * RESULTS_TOGETHER < rounds; piece++)
      this.#results.deleteIfPresent(bodyKey, piece);
    this.#results.ended(bodyKey);
  }
}
