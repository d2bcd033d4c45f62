// The official Go and Java clients and pyzeebe, unmodified, on one broker. Through a fail-over: fail-over.test.ts.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../kit/until.ts';
import { type BrokerUnderTest, brokerExists, openBroker } from '../broker-under-test.ts';
import { buildProgram, type LanguageName, languageNames, startProgram } from './client-program.ts';

const buildMs = 900_000;
const instances = 40;

/** What each program tries once, beside working instances. */
const checks: Readonly<Record<LanguageName, readonly string[]>> = {
  go: ['result', 'unknown process', 'failed job', 'second completion', 'second cancellation'],
  java: ['result', 'unknown process', 'failed job', 'second completion', 'second cancellation'],
  python: ['result', 'unknown process', 'second cancellation', 'health'],
};

describe.skipIf(!brokerExists)('clients in other languages', () => {
  let broker: BrokerUnderTest;
  beforeAll(async () => {
    broker = await openBroker();
  });
  afterAll(() => broker?.[Symbol.asyncDispose]());

  test.for(languageNames)('%s', { timeout: buildMs }, async (name, context) => {
    const built = await buildProgram(name);
    if (built.kind === 'missing') return context.skip(built.reason);
    const processId = `${name}-${randomUUID().slice(0, 8)}`;
    const program = await startProgram(built.command, {
      address: broker.address,
      processId,
      perSecond: 20,
      lockMs: 10_000,
    });
    try {
      expect(program.checked).toEqual(checks[name]);
      const what = 'instances created';
      await until(() => program.created.length >= instances, { within: 60_000, what });
      await program.stopCreating();
      expect(program.failures).toEqual([]);
      expect(program.topologies).toEqual([1]);
      for (const key of program.created)
        await broker.records.waitFor(
          'PROCESS_INSTANCE',
          'ELEMENT_COMPLETED',
          (record) => String(record.key) === key,
        );
    } finally {
      await program.close();
    }
  });
});
