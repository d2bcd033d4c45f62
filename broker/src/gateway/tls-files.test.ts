// TLS for clients: the certificate is exchanged while connections are open, with real files, sockets and clients; what cannot
// be used is told and leaves the former in place.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Tls } from './server.ts';
import { GatewayClient, testGateway } from './testing/gateway-client.ts';
import { ManualTimers } from './testing/manual-timers.ts';
import { type TlsFiles, watchTlsFiles } from './tls-files.ts';

const LATER = { timeout: 10_000 };
const PAIRS = fileURLToPath(new URL('./testing/tls/', import.meta.url));
const FIRST = { chain: `${PAIRS}chain.pem`, key: `${PAIRS}key.pem` };
const NEXT = { chain: `${PAIRS}next-chain.pem`, key: `${PAIRS}next-key.pem` };

let folder: string;
let files: TlsFiles;
let lines: { level: number; msg: string }[];
const log = () => pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tls-files-'));
  files = {
    certificateChainPath: path.join(folder, 'chain.pem'),
    privateKeyPath: path.join(folder, 'key.pem'),
  };
  lines = [];
  place(FIRST);
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(pair: typeof FIRST): void {
  copyFileSync(pair.chain, files.certificateChainPath);
  copyFileSync(pair.key, files.privateKeyPath);
}

const chainOf = (pair: typeof FIRST): string => readFileSync(pair.chain, 'utf8');

/** The certificate that a new connection gets, PEM. */
function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false };
    const socket: TLSSocket = connect(options, () => {
      const text = socket.getPeerX509Certificate()?.toString() ?? '';
      socket.destroy();
      resolve(text);
    });
    socket.on('error', reject);
  });
}

const trusting = (port: number, pair: typeof FIRST): GatewayClient =>
  new GatewayClient(`localhost:${port}`, {}, grpc.credentials.createSsl(readFileSync(pair.chain)));

test('new connections get the changed certificate, open ones go on', async () => {
  const t = await testGateway({ tls: files });
  const { port } = t.gateway;
  const old = trusting(port, FIRST);
  expect(await old.call('Topology', {})).toMatchObject({ partitionsCount: 1 });
  expect(await served(port)).toBe(chainOf(FIRST));
  place(NEXT);
  await vi.waitFor(async () => expect(await served(port)).toBe(chainOf(NEXT)), LATER);
  expect(await old.call('Topology', {})).toMatchObject({ partitionsCount: 1 });
  const young = trusting(port, NEXT);
  expect(await young.call('Topology', {})).toMatchObject({ partitionsCount: 1 });
  young.close();
  old.close();
  await t[Symbol.asyncDispose]();
});

test('a start without a readable file fails and names it', async () => {
  rmSync(files.privateKeyPath);
  await expect(testGateway({ tls: files })).rejects.toThrow('key.pem');
});

test('a folder that is exchanged as a link, as orchestrators do, is noticed', async () => {
  const versions = ['one', 'two'].map((name) => path.join(folder, name));
  versions.forEach((version, i) => {
    mkdirSync(version);
    copyFileSync((i === 0 ? FIRST : NEXT).chain, path.join(version, 'tls.crt'));
    copyFileSync((i === 0 ? FIRST : NEXT).key, path.join(version, 'tls.key'));
  });
  const link = (target: string, name: string) => symlinkSync(target, path.join(folder, name));
  link('one', 'present');
  link('present/tls.crt', 'tls.crt');
  link('present/tls.key', 'tls.key');
  const linked = {
    certificateChainPath: path.join(folder, 'tls.crt'),
    privateKeyPath: path.join(folder, 'tls.key'),
  };
  const t = await testGateway({ tls: linked });
  expect(await served(t.gateway.port)).toBe(chainOf(FIRST));
  link('two', 'upcoming');
  renameSync(path.join(folder, 'upcoming'), path.join(folder, 'present'));
  await vi.waitFor(async () => expect(await served(t.gateway.port)).toBe(chainOf(NEXT)), LATER);
  await t[Symbol.asyncDispose]();
});

test('files that cannot be used are told once and change nothing; the next good pair is taken', async () => {
  const timers = new ManualTimers();
  const used: Tls[] = [];
  const stop = watchTlsFiles(files, timers, log(), (tls) => used.push(tls));
  await timers.pass(30_000);
  expect([used, lines]).toEqual([[], []]);
  const faults: (() => void)[] = [
    () => writeFileSync(files.certificateChainPath, 'no certificate'),
    () => copyFileSync(NEXT.chain, files.certificateChainPath), // with the former key
    () => rmSync(files.certificateChainPath),
  ];
  for (const [i, fault] of faults.entries()) {
    fault();
    await timers.pass(90_000);
    expect(used).toEqual([]);
    expect(lines).toHaveLength(i + 1);
    expect(lines.at(-1)).toMatchObject({ level: 50, msg: expect.stringContaining('stays in use') });
  }
  place(NEXT);
  await timers.pass(30_000);
  expect(used.map((tls) => tls.certificateChain)).toEqual([chainOf(NEXT)]);
  expect(lines.at(-1)?.msg).toContain('has changed');
  stop();
  expect(timers.pending).toBe(0);
});
