import { afterEach, describe, expect, test, vi } from 'vitest';
import { closeAll, type Recorder, record } from './testing/recorder.ts';

afterEach(closeAll);

const bytes = (...values: number[]) => Uint8Array.from(values);
const within = { timeout: 5_000, interval: 5 };

/** Two that know each other. */
async function pair(options: Parameters<typeof record>[1] = {}): Promise<[Recorder, Recorder]> {
  const a = await record('0', options);
  const b = await record('1', { ...options, contactPoints: [a.address] });
  await bothUp(a, b);
  return [a, b];
}

async function bothUp(a: Recorder, b: Recorder): Promise<void> {
  await vi.waitFor(() => {
    expect(a.events.at(-1)).toMatch(/^up/);
    expect(b.events.at(-1)).toMatch(/^up/);
  }, within);
}

describe('peers', () => {
  test('are up on both sides when one knows the other', async () => {
    const [a, b] = await pair();
    expect(a.events).toEqual(['up 1']);
    expect(b.events).toEqual(['up 0']);
    expect(a.transport.send('1', 7, 'normal', bytes(1), bytes(2, 3))).toBe(true);
    await vi.waitFor(() => expect(b.frames).toHaveLength(1), within);
    expect(b.frames[0]).toMatchObject({ from: '0', kind: 7 });
    expect([...(b.frames[0]?.payload ?? [])]).toEqual([1, 2, 3]);
  });
});
