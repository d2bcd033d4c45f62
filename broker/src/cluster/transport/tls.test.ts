import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { FrameKind, ownFrame, preludeOf } from './frame-format.ts';
import { closeAll, type Recorder, record } from './testing/recorder.ts';

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 2 });
const openssl = spawnSync('openssl', ['version']).status === 0;
const warnings = ({ log }: Recorder) => log.filter((line) => line.startsWith('warn'));

let folder = '';
const at = (name: string) => path.join(folder, name);
const filesOf = (name: string) => ({
  certificateChainPath: at(`${name}.pem`),
  privateKeyPath: at(`${name}.key`),
});

function run(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** A certificate that vouches for itself. */
function selfSigned(name: string): void {
  run(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-subj',
    `/CN=${name}`,
  );
}

/** A certificate and, behind it in the file, the authority that signed it. */
function signed(name: string, authority: string): void {
  run(
    'req',
    ...newKey.slice(0, 5),
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  );
  const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  run('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '2', '-out', `${name}.leaf`);
  execFileSync('sh', ['-c', `cat ${name}.leaf ${authority}.pem > ${name}.pem`], { cwd: folder });
}

describe.skipIf(!openssl)(
  openssl ? 'mutual TLS' : 'mutual TLS (skipped: no openssl command here to make certificates)',
  () => {
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'millrace-tls-'));
      selfSigned('shared');
      selfSigned('stranger');
      selfSigned('authority');
      signed('node-a', 'authority');
      signed('node-b', 'authority');
    });
    afterEach(closeAll);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test.each([
      ['one certificate that all share', 'shared', 'shared'],
      ['certificates of one authority', 'node-a', 'node-b'],
    ])('%s: peers come up and send', async (_, first, second) => {
      const a = await record('0', { tls: filesOf(first) });
      const b = await record('1', { tls: filesOf(second), contactPoints: [a.address] });
      await eventually(() => expect([...a.events, ...b.events]).toEqual(['up 1', 'up 0']));
      for (let i = 0; i < 20; i++) a.transport.send('1', i, 'bulk', Buffer.alloc(100_000, i));
      await eventually(() => expect(b.frames).toHaveLength(20));
      expect(b.frames.every(({ kind, payload }) => payload.every((byte) => byte === kind))).toBe(
        true,
      );
      await b.transport.close();
      await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 closed']));
    });

    test('a part of the chain without its root is enough, as with the reference', async () => {
      copyFileSync(at('node-a.leaf'), at('alone.pem'));
      copyFileSync(at('node-a.key'), at('alone.key'));
      const a = await record('0', { tls: filesOf('alone') });
      const b = await record('1', { tls: filesOf('alone'), contactPoints: [a.address] });
      await eventually(() => expect(b.events).toEqual(['up 0']));
    });

    test.each([
      ['shared', 'stranger'],
      ['stranger', 'shared'],
      ['node-a', 'stranger'],
      ['stranger', 'node-a'],
      ['node-a', 'shared'],
    ])('%s is dialled by %s: refused, with one line on both sides', async (first, second) => {
      const a = await record('0', { tls: filesOf(first) });
      const b = await record('1', { tls: filesOf(second), contactPoints: [a.address] });
      await eventually(() => {
        expect(b.transport.stats().failedDials).toBeGreaterThan(4);
        for (const one of [a, b]) {
          const lines = warnings(one).filter((line) => /cannot be trusted.*NETWORK_SEC/.test(line));
          expect(lines).toHaveLength(1);
        }
      });
      expect([a.events, b.events]).toEqual([[], []]);
    });

    test('who shows no certificate, or no name with a wrong one, gets no word of the handshake', async () => {
      const a = await record('0', { tls: filesOf('shared') });
      const ca = readFileSync(at('shared.pem'), 'utf8');
      const stranger = {
        cert: readFileSync(at('stranger.pem')),
        key: readFileSync(at('stranger.key')),
      };
      for (const shown of [{}, stranger, { ...stranger, servername: 'millrace' }]) {
        const { port } = a.transport;
        const socket = connect({
          port,
          host: '127.0.0.1',
          ca,
          ...shown,
          rejectUnauthorized: false,
        });
        let heard = 0;
        let closed = false;
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
          heard += bytes.length;
        });
        socket.on('close', () => {
          closed = true;
        });
        socket.write(
          Buffer.concat([preludeOf(1, 1), ownFrame(FrameKind.hello, Buffer.from('{}'))]),
        );
        await eventually(() => expect(closed).toBe(true));
        expect(heard).toBe(0);
      }
    });

    test('a node without TLS is refused, and told what to switch on', async () => {
      const a = await record('0', { tls: filesOf('shared') });
      const b = await record('1', { contactPoints: [a.address] });
      a.transport.addContactPoint(b.address);
      await eventually(() => {
        expect(warnings(a).some((line) => line.includes('NETWORK_SECURITY'))).toBe(true);
        expect(warnings(b).some((line) => line.includes('the other side speaks TLS'))).toBe(true);
      });
      expect([a.events, b.events]).toEqual([[], []]);
    });

    test('new files are used without a restart; half of a pair is not', async () => {
      for (const [file, name] of [
        ['turning', 'shared'],
        ['other', 'shared'],
      ] as const) {
        copyFileSync(at(`${name}.pem`), at(`${file}.pem`));
        copyFileSync(at(`${name}.key`), at(`${file}.key`));
      }
      const a = await record('0', { tls: filesOf('turning') });
      copyFileSync(at('node-a.pem'), at('turning.pem'));
      await eventually(() => expect(warnings(a)).toHaveLength(1));
      expect(warnings(a)[0]).toMatch(/cannot be renewed; the old ones stay/);
      const old = await record('1', { tls: filesOf('shared'), contactPoints: [a.address] });
      await eventually(() => expect(old.events).toEqual(['up 0']));
      copyFileSync(at('node-a.key'), at('turning.key'));
      await eventually(() =>
        expect(a.log.join()).toContain('new certificates between brokers are in use'),
      );
      const late = await record('2', { tls: filesOf('node-b'), contactPoints: [a.address] });
      await eventually(() => expect(late.events).toEqual(['up 0']));
      // What stands goes on.
      expect(old.events).toEqual(['up 0']);
      await eventually(() => expect(a.events).toEqual(['up 1', 'up 2']));
      expect(warnings(a).filter((line) => line.includes('cannot be renewed'))).toHaveLength(1);
    });

    test('files that are of no use stop the start and are named', async () => {
      writeFileSync(at('empty.pem'), '');
      copyFileSync(at('shared.key'), at('empty.key'));
      await expect(record('0', { tls: filesOf('empty') })).rejects.toThrow(
        /empty\.pem.*belong together/,
      );
      await expect(record('0', { tls: filesOf('gone') })).rejects.toThrow(/gone\.pem/);
      const mixed = { ...filesOf('shared'), privateKeyPath: at('stranger.key') };
      await expect(record('0', { tls: mixed })).rejects.toThrow(/belong together/);
    });
  },
);
