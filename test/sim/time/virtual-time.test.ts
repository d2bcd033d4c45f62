import { systemTimers } from '@millrace/raft';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../seeded-random.ts';
import { RealTimeGuard } from './real-time-guard.ts';
import { VirtualTime } from './virtual-time.ts';
import { VirtualTimers } from './virtual-timers.ts';

const noFaults = { wallErrorMs: 0, drift: 0 };

function prepared(seed = 1) {
  const random = new SeededRandom(seed);
  const time = new VirtualTime(random);
  const timers = new VirtualTimers(time, random.fork('timers'), noFaults);
  return { random, time, timers };
}

describe('virtual time', () => {
  test('events happen in order, and promises go on between them', async () => {
    const { time } = prepared();
    const seen: string[] = [];
    time.after(20, () => seen.push(`b ${time.nowMs}`));
    time.after(10, () => {
      seen.push(`a ${time.nowMs}`);
      Promise.resolve()
        .then(() => {})
        .then(() => seen.push(`a's promise ${time.nowMs}`));
      time.after(10, () => seen.push('c'));
    });
    time.after(15, () => seen.push('never'))();
    await time.run(() => false);
    expect(seen.slice(0, 2)).toEqual(['a 10', "a's promise 10"]);
    expect([...seen.slice(2)].sort()).toEqual(['b 20', 'c']);
  });

  test('equal times are ordered by the seed, always in the same way', async () => {
    const order = async (seed: number) => {
      const { time } = prepared(seed);
      const seen: number[] = [];
      for (let i = 0; i < 10; i++) time.after(5, () => seen.push(i));
      await time.run(() => false);
      return seen.join();
    };
    expect(await order(3)).toBe(await order(3));
    expect(new Set([await order(1), await order(2), await order(3)]).size).toBe(3);
  });

  test('what an event throws ends the run', async () => {
    const { time } = prepared();
    time.after(1, () => {
      throw new Error('broken');
    });
    await expect(time.run(() => false)).rejects.toThrow('broken');
  });
});

describe('the timers of a process', () => {
  test('keep the order that Node keeps', async () => {
    const { time, timers } = prepared();
    const seen: string[] = [];
    for (let i = 0; i < 50; i++) {
      timers.soon(() => seen.push(`soon ${i}`));
      timers.after(3, () => seen.push(`after ${i}`));
    }
    await time.run(() => seen.length === 100);
    const numbers = (kind: string) => seen.filter((name) => name.startsWith(kind));
    expect(numbers('soon')).toEqual(Array.from({ length: 50 }, (_, i) => `soon ${i}`));
    expect(numbers('after')).toEqual(Array.from({ length: 50 }, (_, i) => `after ${i}`));
  });

  test('repeat until they are cancelled', async () => {
    const { time, timers } = prepared();
    let count = 0;
    const cancel = timers.every(10, () => {
      if (++count === 5) cancel();
    });
    await time.run(() => false);
    expect(count).toBe(5);
    expect(time.nowMs).toBeGreaterThanOrEqual(50);
  });

  test('wait while the process is paused or blocked, and never fire when it has ended', async () => {
    const { time, timers } = prepared();
    const seen: string[] = [];
    timers.after(10, () => seen.push(`a ${Math.floor(time.nowMs / 100)}`));
    timers.after(20, () => seen.push(`b ${Math.floor(time.nowMs / 100)}`));
    time.after(5, () => timers.pause());
    time.after(200, () => timers.goOn());
    time.after(300, () => timers.block(100));
    time.after(310, () => timers.fromOutside(0, () => seen.push(`c ${Math.floor(time.nowMs)}`)));
    time.after(500, () => timers.end());
    timers.after(600, () => seen.push('never'));
    await time.run(() => false);
    expect(seen).toEqual(['a 2', 'b 2', 'c 400']);
  });

  test('run as fast as the clock of the machine', async () => {
    const random = new SeededRandom(1);
    const time = new VirtualTime(random);
    const timers = new VirtualTimers(time, random, { wallErrorMs: 5000, drift: 0.5 });
    const start = timers.wallMs();
    let fired = 0;
    timers.after(300, () => {
      fired = time.nowMs;
    });
    await time.run(() => false);
    expect(fired).toBeGreaterThanOrEqual(200);
    expect(fired).toBeLessThan(225);
    expect(timers.wallMs() - start).toBe(Math.floor(fired * 1.5));
    timers.stepWall(-1000);
    expect(timers.wallMs() - start).toBe(Math.floor(fired * 1.5) - 1000);
    expect(timers.monotonicMs()).toBe(fired * 1.5);
  });
});

test('the product may not ask the machine for the time while the guard stands', () => {
  const guard = new RealTimeGuard();
  try {
    expect(() => systemTimers.wallMs()).toThrow(/raft\/src\/timers\.ts.*has to be handed in/);
    expect(() => systemTimers.soon(() => {})).toThrow('setImmediate');
    expect(Date.now()).toBeGreaterThan(0);
    expect(guard.violations.size).toBe(2);
  } finally {
    guard.end();
  }
  expect(systemTimers.wallMs()).toBeGreaterThan(0);
});
