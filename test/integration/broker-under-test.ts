// The broker that a client test talks to: one of our own, or any other that is running already.
//
// With MILLRACE_TEST_GATEWAY (host:port) and MILLRACE_TEST_RECORDS (the file of its JSON lines) the same tests meet another
// broker, which is how they were checked against the reference.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BrokerProcess, brokerMain } from '../kit/broker-process.ts';
import { RecordFile } from '../kit/record-file.ts';

export interface BrokerUnderTest extends AsyncDisposable {
  readonly address: string;
  readonly records: RecordFile;
  /** Whether it is Millrace. */
  readonly isOurs: boolean;
}

const foreignGateway = process.env.MILLRACE_TEST_GATEWAY;
const foreignRecords = process.env.MILLRACE_TEST_RECORDS ?? '';

/** Whether there is anything to test. */
export const brokerExists = foreignGateway !== undefined || existsSync(brokerMain);

/** A fresh broker that writes its records, or the one that the environment names. */
export async function openBroker(
  env: Readonly<Record<string, string>> = {},
): Promise<BrokerUnderTest> {
  if (foreignGateway !== undefined) {
    const records = new RecordFile(foreignRecords, { fromEnd: true });
    return { address: foreignGateway, records, isOurs: false, async [Symbol.asyncDispose]() {} };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-client-test-'));
  const file = path.join(folder, 'records.jsonl');
  const broker = await BrokerProcess.start({
    dataDirectory: path.join(folder, 'data'),
    env: {
      ZEEBE_BROKER_EXPORTERS_JSON_CLASSNAME: 'jsonl',
      ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH: file,
      ...env,
    },
  });
  return {
    address: broker.address,
    records: new RecordFile(file),
    isOurs: true,
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
