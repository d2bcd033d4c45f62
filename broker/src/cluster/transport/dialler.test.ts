import { describe, expect, test } from 'vitest';
import { Dialler, type DialResult, parseAddress } from './dialler.ts';
import { ManualTimers } from './testing/manual-timers.ts';
import { recordedLog } from './testing/recorder.ts';
import { transportLimits } from './transport.ts';

const failed: DialResult = { kind: 'failed', why: 'nobody listens' };

/** A dialler in a network that the test describes. */
function diallerIn(names: Record<string, readonly string[]> = {}, chance = 1) {
  const timers = new ManualTimers();
  const dials: { at: string; ms: number }[] = [];
  const network = new Map<string, DialResult>();
  const dialled = new Set<string>();
  const log: string[] = [];
  const dialler = new Dialler({
    ...{ timers, limits: transportLimits, log: recordedLog(log), random: () => chance },
    lookup: async (host) => {
      const found = names[host];
      if (found === undefined) throw new Error(`${host} is not known`);
      return found;
    },
    dial: async (ip, port) => {
      dials.push({ at: `${ip}:${port}`, ms: timers.nowMs - 1_000 });
      const result = network.get(`${ip}:${port}`) ?? failed;
      if (result.kind === 'member') dialled.add(result.memberId);
      return result;
    },
    isDialled: (memberId) => dialled.has(memberId),
  });
  const member = (at: string, memberId: string) => network.set(at, { kind: 'member', memberId });
  const lose = (memberId: string, host: string, port: number) => {
    dialled.delete(memberId);
    dialler.memberDown(memberId, { host, port });
  };
  return { ...{ timers, dials, network, names, dialler, log, member, lose } };
}

describe('retries', () => {
  test('wait twice as long each time, up to the bound, and are told once', async () => {
    const { dialler, timers, dials, log } = diallerIn();
    dialler.addContactPoint('10.0.0.1:26502');
    await timers.pass(30_000);
    const gaps = dials.slice(1).map(({ ms }, index) => ms - (dials[index]?.ms ?? 0));
    expect(gaps).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/10\.0\.0\.1:26502.*nobody listens.*check the contact points/);
  });

  test('are spread by chance between half and the whole of the time', async () => {
    const whole = diallerIn();
    whole.dialler.addContactPoint('10.0.0.1:26502');
    await whole.timers.pass(0);
    expect(whole.timers.nextInMs).toBe(100);
    const half = diallerIn({}, 0);
    half.dialler.addContactPoint('10.0.0.1:26502');
    await half.timers.pass(0);
    expect(half.timers.nextInMs).toBe(50);
  });

  test('end when a member is found, and begin again when it is lost', async () => {
    const { dialler, timers, dials, member, lose, network } = diallerIn();
    member('10.0.0.1:1', '1');
    dialler.addContactPoint('10.0.0.1:1');
    await timers.pass(60_000);
    expect(dials).toHaveLength(1);
    network.clear();
    lose('1', '10.0.0.1', 1);
    await timers.pass(1_000);
    expect(dials.length).toBeGreaterThan(3);
    member('10.0.0.1:1', '1');
    await timers.pass(5_000);
    const count = dials.length;
    await timers.pass(60_000);
    expect(dials).toHaveLength(count);
  });

  test('a link that breaks as soon as it stands is not dialled without pause', async () => {
    const { dialler, timers, dials, member, lose } = diallerIn();
    member('10.0.0.1:1', '1');
    dialler.addContactPoint('10.0.0.1:1');
    for (let losses = 0, i = 0; i < 1_000; i++) {
      await timers.pass(10);
      if (dials.length === losses) continue;
      losses++;
      lose('1', '10.0.0.1', 1);
    }
    expect(dials.length).toBeGreaterThan(3);
    expect(dials.length).toBeLessThan(10);
  });

  test('a refusal is tried again at the longest interval', async () => {
    const { dialler, timers, dials, network } = diallerIn();
    network.set('10.0.0.1:1', { kind: 'refused', why: 'another cluster' });
    dialler.addContactPoint('10.0.0.1:1');
    await timers.pass(20_000);
    expect(dials.map(({ ms }) => ms)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
  });
});

describe('names', () => {
  test('are resolved at every try, and all their addresses are dialled', async () => {
    const { dialler, timers, dials, names, member } = diallerIn({ brokers: ['10.0.0.1'] });
    dialler.addContactPoint('brokers:1');
    await timers.pass(0);
    expect(dials.map(({ at }) => at)).toEqual(['10.0.0.1:1']);
    names.brokers = ['10.0.0.2', 'fe80::1'];
    member('10.0.0.2:1', '2');
    await timers.pass(100);
    expect(dials.map(({ at }) => at)).toEqual(['10.0.0.1:1', '10.0.0.2:1', 'fe80::1:1']);
    names.brokers = ['10.0.0.2', '10.0.0.3'];
    await timers.pass(40_000);
    expect(dials.map(({ at }) => at).slice(3)).toEqual(['10.0.0.3:1']);
  });

  test('that cannot be resolved are tried again', async () => {
    const { dialler, timers, dials, names, log } = diallerIn();
    dialler.addContactPoint('later:1');
    await timers.pass(10_000);
    expect(dials).toHaveLength(0);
    expect(log[0]).toContain('later is not known');
    names.later = ['10.0.0.1'];
    await timers.pass(5_000);
    expect(dials).toHaveLength(1);
  });

  test('two that lead to one address are dialled once', async () => {
    const { dialler, timers, dials, member } = diallerIn({ a: ['10.0.0.1'], b: ['10.0.0.1'] });
    member('10.0.0.1:1', '1');
    dialler.addContactPoint('a:1');
    dialler.addContactPoint('b:1');
    dialler.addContactPoint('10.0.0.1:1');
    await timers.pass(0);
    expect(dials).toHaveLength(1);
  });
});

describe('addresses', () => {
  test('of this process are found out once and left alone', async () => {
    const { dialler, timers, dials, network } = diallerIn();
    network.set('10.0.0.1:1', { kind: 'self' });
    dialler.addContactPoint('10.0.0.1:1');
    dialler.learn('0', { host: '10.0.0.1', port: 1 });
    await timers.pass(600_000);
    expect(dials).toHaveLength(1);
  });

  test('that others told are forgotten when nobody answers; contact points never', async () => {
    const { dialler, timers, dials, log } = diallerIn();
    dialler.learn('7', { host: '10.0.0.7', port: 1 });
    dialler.addContactPoint('10.0.0.1:1');
    await timers.pass(700_000);
    const count = dials.filter(({ at }) => at === '10.0.0.7:1').length;
    expect(log.some((line) => line.includes('dialled no more'))).toBe(true);
    await timers.pass(700_000);
    expect(dials.filter(({ at }) => at === '10.0.0.7:1')).toHaveLength(count);
    expect(dials.at(-1)?.at).toBe('10.0.0.1:1');
  });

  test('of a member that dials us are dialled at once, whatever the back-off', async () => {
    const { dialler, timers, dials, member } = diallerIn();
    dialler.addContactPoint('10.0.0.1:1');
    await timers.pass(20_001);
    const count = dials.length;
    member('10.0.0.1:1', '1');
    dialler.dialBack('1', { host: '10.0.0.1', port: 1 });
    await timers.pass(0);
    expect(dials).toHaveLength(count + 1);
  });

  test('of a member that has left are not dialled, until it dials us', async () => {
    const { dialler, timers, dials, member, lose } = diallerIn();
    member('10.0.0.1:1', '1');
    dialler.addContactPoint('10.0.0.1:1');
    await timers.pass(0);
    dialler.forget('1', { host: '10.0.0.1', port: 1 });
    lose('1', '10.0.0.1', 1);
    dialler.learn('1', { host: '10.0.0.1', port: 1 });
    await timers.pass(60_000);
    expect(dials).toHaveLength(1);
    dialler.dialBack('1', { host: '10.0.0.1', port: 1 });
    await timers.pass(0);
    expect(dials).toHaveLength(2);
  });

  test('are read with and without a port, also of IPv6', () => {
    expect(parseAddress('broker-1:1234')).toEqual({ host: 'broker-1', port: 1_234 });
    expect(parseAddress(' broker-1 ')).toEqual({ host: 'broker-1', port: 26_502 });
    expect(parseAddress('[::1]:99')).toEqual({ host: '::1', port: 99 });
    for (const wrong of ['', ':1', 'a:0', 'a:70000', 'a:b', '::1:99', 'a b:1', 'http://a:1']) {
      expect(() => parseAddress(wrong)).toThrow(`"${wrong}" is no address`);
    }
  });
});

test('after close nothing is dialled', async () => {
  const { dialler, timers, dials } = diallerIn();
  dialler.addContactPoint('10.0.0.1:1');
  await timers.pass(0);
  dialler.close();
  dialler.addContactPoint('10.0.0.2:1');
  await timers.pass(60_000);
  expect(dials).toHaveLength(1);
  expect(timers.nextInMs).toBeNull();
});
