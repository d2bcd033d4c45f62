// The kit itself, shown on small programs that behave like a broker from outside, well or badly.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokerProcess } from './broker-process.ts';
import { until } from './until.ts';

let folder: string;
const program = async (name: string, text: string): Promise<string> => {
  const file = path.join(folder, `${name}.mjs`);
  await writeFile(file, text);
  return file;
};
const ready = `
  import { createServer } from 'node:http';
  const port = 9600 + 10 * Number(process.env.ZEEBE_BROKER_NETWORK_PORTOFFSET);
  createServer((_, answer) => answer.end('{}')).listen(port, '127.0.0.1');
`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-kit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('broker process', () => {
  test('is ready when it is handed out, ends on a signal, and its folder goes with it', async () => {
    const main = await program('good', `${ready} process.on('SIGTERM', () => process.exit(7));`);
    let data = '';
    {
      await using broker = await BrokerProcess.start({ main });
      data = broker.dataDirectory;
      expect((await broker.get('/ready')).status).toBe(200);
      expect(await broker.stop()).toEqual({ code: 7, signal: null });
      expect(existsSync(data)).toBe(true);
    }
    expect(existsSync(data)).toBe(false);
  });

  test('says what the program printed when it ends instead of getting ready', async () => {
    const main = await program('bad', "console.error('no such setting: FOO'); process.exit(3);");
    const started = BrokerProcess.start({ main });
    await expect(started).rejects.toThrow(/ended with code 3[\s\S]*no such setting: FOO/);
  });

  test('gives up on a program that never gets ready, and leaves nothing running', async () => {
    const main = await program('mute', "console.log('thinking'); setInterval(() => {}, 1_000);");
    const broker = await BrokerProcess.spawn({ main });
    await until(() => broker.printed.includes('thinking'), {
      within: 10_000,
      what: 'its first line',
    });
    await expect(broker.ready(100)).rejects.toThrow(/in vain[\s\S]*thinking/);
    await broker[Symbol.asyncDispose]();
    expect(broker.running).toBe(false);
  });

  test('kills a program that ignores the signal, and says so', async () => {
    const main = await program('stubborn', `${ready} process.on('SIGTERM', () => {});`);
    await using broker = await BrokerProcess.start({ main });
    await expect(broker.stop('SIGTERM', 100)).rejects.toThrow(/end of the broker after SIGTERM/);
    expect(await broker.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('sees only the settings of this test, not those of the surrounding shell', async () => {
    process.env.ZEEBE_BROKER_CLUSTER_NODEID = '42';
    process.env.MILLRACE_TEST_ONLY = '1';
    const main = await program(
      'names',
      'console.log(JSON.stringify(process.env)); process.exit(0);',
    );
    await using broker = await BrokerProcess.spawn({
      main,
      env: { ZEEBE_CLOCK_CONTROLLED: 'true' },
    });
    await broker.exited;
    delete process.env.ZEEBE_BROKER_CLUSTER_NODEID;
    delete process.env.MILLRACE_TEST_ONLY;
    const seen = Object.keys(JSON.parse(broker.printed)).filter((name) =>
      /^(ZEEBE|MILLRACE)_/.test(name),
    );
    expect(seen.sort()).toEqual([
      'ZEEBE_BROKER_DATA_DIRECTORY',
      'ZEEBE_BROKER_NETWORK_PORTOFFSET',
      'ZEEBE_CLOCK_CONTROLLED',
    ]);
  });
});
