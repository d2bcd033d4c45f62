import { systemTimers } from '@millrace/raft';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Engine } from '../core/engine/engine.ts';
import { type InboundCommand, internalCommand } from '../core/engine/inbound-command.ts';
import { RangeNotLoaded, type RangeRequest } from '../core/state/state-db.ts';
import { DueDates } from './due-dates.ts';
import type { RangeLoader } from './range-loader.ts';

const START = 1_700_000_000_000;
const REQUEST: RangeRequest = {
  family: 42,
  name: 'job-deadline',
  prefix: 0,
  after: undefined,
  wanted: 1,
};

/** Moments at which something is due, and a range that has to be loaded first when asked for. */
class World {
  moments: number[] = [];
  isLoaded = true;
  offered: number[] = [];
  loads = 0;
  unpinned = 0;
  readonly faults: Error[] = [];
  #pending: InboundCommand[] = [];

  readonly due: DueDates;

  constructor() {
    const engine = {
      dueCommands: (now: number, limit: number) => {
        this.#mustBeLoaded();
        const due = this.moments.filter((moment) => moment < now).slice(0, limit);
        return due.map((moment) =>
          internalCommand('JOB', 'TIME_OUT', moment as never, {} as never),
        );
      },
      nextDue: () => {
        this.#mustBeLoaded();
        return this.moments.length === 0 ? undefined : Math.min(...this.moments);
      },
    };
    const loader = {
      load: async () => {
        this.loads++;
        this.isLoaded = true;
      },
      unpin: () => {
        this.unpinned++;
      },
    };
    this.due = new DueDates(
      engine as unknown as Engine,
      loader as unknown as RangeLoader,
      systemTimers,
      {
        now: () => Date.now(),
        offer: (commands) => this.#pending.push(...commands),
        fail: (error) => this.faults.push(error),
      },
    );
  }

  #mustBeLoaded(): void {
    if (!this.isLoaded) throw new RangeNotLoaded(REQUEST);
  }

  /** The partition works off what was offered. */
  work(): void {
    for (const { key } of this.#pending.splice(0)) {
      this.offered.push(key);
      this.moments = this.moments.filter((moment) => moment !== key);
    }
    this.due.worked();
  }
}

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ now: START });
  world = new World();
});
afterEach(() => {
  world.due.stop();
  vi.useRealTimers();
});

test('what is due is offered one ms after its moment, not before', async () => {
  world.moments = [START + 300];
  world.due.start();
  await vi.advanceTimersByTimeAsync(300);
  world.work();
  expect(world.offered).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  world.work();
  expect(world.offered).toEqual([START + 300]);
});

test('what is due at the start is offered at once, and again only when it has run', async () => {
  world.moments = [START - 5, START - 4];
  world.due.start();
  world.due.check();
  await vi.advanceTimersByTimeAsync(5_000);
  world.work();
  expect(world.offered).toEqual([START - 5, START - 4]);
});

test('an earlier moment than the one slept for wakes it in time', async () => {
  world.moments = [START + 900];
  world.due.start();
  world.moments.push(START + 100);
  world.due.expect(START + 100);
  await vi.advanceTimersByTimeAsync(101);
  world.work();
  expect(world.offered).toEqual([START + 100]);
});

test('a clock that was moved is noticed within a second without anybody telling', async () => {
  world.moments = [START + 3_600_000];
  world.due.start();
  vi.setSystemTime(START + 7_200_000);
  await vi.advanceTimersByTimeAsync(1_000);
  world.work();
  expect(world.offered).toEqual([START + 3_600_000]);
});

describe('ranges that are not in memory', () => {
  test('are loaded, then it goes on', async () => {
    world.moments = [START - 1];
    world.isLoaded = false;
    world.due.start();
    await vi.advanceTimersByTimeAsync(0);
    world.work();
    expect([world.loads, world.unpinned, world.offered]).toEqual([1, 1, [START - 1]]);
    expect(world.faults).toEqual([]);
  });
});

test('stopped it does nothing any more', async () => {
  world.moments = [START + 10];
  world.due.start();
  world.due.stop();
  world.due.expect(START + 5);
  await vi.advanceTimersByTimeAsync(60_000);
  world.work();
  expect(world.offered).toEqual([]);
});
