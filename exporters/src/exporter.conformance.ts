// What every exporter must do, whatever it writes to. Called once for each exporter, with a way to read back what arrived.
import { expect, test } from 'vitest';
import type { ExporterClass } from './exporter.ts';
import { ExporterStage } from './exporter-stage.ts';
import { sampleBatch } from './sample-records.ts';

export interface ExporterTarget {
  readonly exporterClass: ExporterClass;
  readonly args: Readonly<Record<string, unknown>>;
  /** Partition and position of every record that arrived, in order. */
  arrived(stages: readonly ExporterStage[]): readonly string[];
  cleanUp(): void;
}

const names = (from: number, to: number, partitionId = 1): string[] =>
  sampleBatch(from, to, partitionId).map((each) => `${each.partitionId}-${each.position}`);

/** Registers the suite. @param prepare makes a fresh target */
export function exporterConformance(prepare: () => ExporterTarget): void {
  const withTarget = (name: string, run: (target: ExporterTarget) => Promise<void>) =>
    test(name, async () => {
      const target = prepare();
      try {
        await run(target);
      } finally {
        target.cleanUp();
      }
    });

  withTarget('configuring alone leaves nothing behind that must be closed', async (target) => {
    const stage = new ExporterStage(target);
    await stage.exporter.configure(stage.context);
    expect(target.arrived([stage])).toEqual([]);
  });

  withTarget('close after a configure without open is harmless', async (target) => {
    const stage = new ExporterStage(target);
    await stage.exporter.configure(stage.context);
    await stage.close();
    expect(stage.acknowledged).toEqual([]);
  });

  withTarget('records arrive in order and whole, and are acknowledged at close', async (target) => {
    const stage = new ExporterStage(target);
    await stage.open();
    await stage.export(sampleBatch(1, 5));
    await stage.export(sampleBatch(6, 6));
    await stage.close();
    expect(target.arrived([stage])).toEqual(names(1, 6));
    expect(stage.lastPosition()).toBe(6);
  });

  withTarget('acknowledged positions rise and never run ahead', async (target) => {
    const stage = new ExporterStage(target);
    await stage.open();
    for (const at of [1, 11, 21]) {
      await stage.export(sampleBatch(at, at + 9));
      await stage.runTasks();
      expect(stage.lastPosition()).toBeLessThanOrEqual(at + 9);
    }
    await stage.close();
    expect(stage.acknowledged).toEqual([...stage.acknowledged].sort((a, b) => a - b));
    expect(stage.lastPosition()).toBe(30);
  });

  withTarget('a second life continues where the first was acknowledged', async (target) => {
    const first = new ExporterStage(target);
    await first.open();
    await first.export(sampleBatch(1, 4));
    await first.close();
    const second = new ExporterStage({ ...target, lastPosition: first.lastPosition() });
    await second.open();
    await second.export(sampleBatch(5, 8));
    await second.close();
    expect(target.arrived([first, second])).toEqual(names(1, 8));
    expect(second.lastPosition()).toBe(8);
  });

  withTarget('partitions that share a context do not disturb each other', async (target) => {
    const shared = new Map<string, unknown>();
    const one = new ExporterStage({ ...target, shared, partitionId: 1 });
    const two = new ExporterStage({ ...target, shared, partitionId: 2 });
    await one.open();
    await two.open();
    await one.export(sampleBatch(1, 2, 1));
    await two.export(sampleBatch(1, 3, 2));
    await one.close();
    await two.export(sampleBatch(4, 4, 2));
    await two.close();
    const arrived = target.arrived([one]);
    expect(arrived.filter((each) => each.startsWith('1-'))).toEqual(names(1, 2, 1));
    expect(arrived.filter((each) => each.startsWith('2-'))).toEqual(names(1, 4, 2));
    expect([one.lastPosition(), two.lastPosition()]).toEqual([2, 4]);
  });

  withTarget('an argument that it does not know is refused by name', async (target) => {
    const stage = new ExporterStage({ ...target, args: { ...target.args, pahtt: 'x' } });
    await expect(async () => stage.exporter.configure(stage.context)).rejects.toThrow(/pahtt/);
  });
}
