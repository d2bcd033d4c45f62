// `cycle`: the text of a repeating interval for timers (engine-semantics.md I.1).
import { isFeelNumber, truncated } from '../number.ts';
import { temporalVariableText } from '../temporal-text.ts';
import { DayTimeDuration, YearMonthDuration } from '../temporal-values.ts';
import type { FeelValue } from '../values.ts';
import { type Builtin, builtin, ILLEGAL, overload } from './builtin.ts';

/** @param repetitions null for without end */
function repeating(repetitions: FeelValue, interval: FeelValue | undefined) {
  if (!(interval instanceof DayTimeDuration) && !(interval instanceof YearMonthDuration))
    return ILLEGAL;
  if (repetitions !== null && !isFeelNumber(repetitions)) return ILLEGAL;
  const count = repetitions === null ? '' : truncated(repetitions);
  return `R${count}/${temporalVariableText(interval)}`;
}

export const CYCLE_FUNCTIONS: readonly Builtin[] = [
  builtin(
    'cycle',
    overload(['interval'], (_frame, [interval]) => repeating(null, interval)),
    overload(['repetitions', 'interval'], (_frame, [repetitions = null, interval]) =>
      repeating(repetitions, interval),
    ),
  ),
];
