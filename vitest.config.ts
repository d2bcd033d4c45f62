// How the tests run: three projects, one after the other, each file in a process of its own.
//
// `architecture` reads the source text, `unit` are the tests beside the code and the shared suites, `integration`
// starts real brokers, one file at a time, because its tests measure themselves against a machine of two cores.
// The last line of a run is `N passed, N failed`, counted over all projects.
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/kit/closing-line.ts';

const everywhere = ['**/node_modules/**', '**/data/**', '**/data-cluster/**'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new ClosingLine()],
    projects: [
      {
        extends: true,
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...everywhere, 'test/architecture/**', 'test/integration/**'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
