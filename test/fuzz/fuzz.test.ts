// The short run of the fuzzer: 200 models. `npm run fuzz -- --seeds 1..10000` is the long one.
import { expect, test } from 'vitest';
import { fuzz } from './fuzz-run.ts';

const MODELS = 200;
const AT_ONCE = 20;

test.each(Array.from({ length: MODELS / AT_ONCE }, (_, i) => 1 + i * AT_ONCE))(
  'models of the seeds from %i on',
  (first) => {
    for (let seed = first; seed < first + AT_ONCE; seed++) {
      const { failure } = fuzz(seed);
      expect(failure, `npm run fuzz -- --seed ${seed}`).toBeUndefined();
    }
  },
);
