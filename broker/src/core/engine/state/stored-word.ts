// Words that rows hold as numbers, read back.
import { UnknownRecordError } from '@millrace/protocol';

/**
 * The word of a row that stands for `number`.
 * @throws UnknownRecordError when this release does not know it: the row was written by a newer one, or is damaged.
 */
export function storedWord<Word>(words: readonly Word[], number: number, what: string): Word {
  const word = words[number];
  if (word === undefined)
    throw new UnknownRecordError(`${what} ${number} of a row is not known to this release`);
  return word;
}
