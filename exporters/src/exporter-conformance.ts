// What every exporter must do, whatever it writes to: checks for any test runner, each with a fresh target.
//
// The author of an exporter brings a way to read back what arrived and runs each check as a test of its own.
import assert from 'node:assert/strict';
import type { ExporterClass } from './exporter.ts';
import { ExporterStage } from './exporter-stage.ts';
import { sampleBatch } from './sample-records.ts';

export interface ExporterTarget {
  readonly exporterClass: ExporterClass;
  readonly args: Readonly<Record<string, unknown>>;
  /** `partition-position` of every record that arrived, in order. */
  arrived(stages: readonly ExporterStage[]): readonly string[];
}

export interface ExporterCheck {
  readonly name: string;
  /** @throws AssertionError */
  run(target: ExporterTarget): Promise<void>;
}

const names = (from: number, to: number, partitionId = 1): string[] =>
  sampleBatch(from, to, partitionId).map((each) => `${each.partitionId}-${each.position}`);

export const EXPORTER_CHECKS: readonly ExporterCheck[] = [
  { name: 'configuring alone exports nothing and needs no close', run: configuresWithoutEffect },
  { name: 'close after a configure without open is harmless', run: closesUnopened },
  { name: 'records arrive in order and whole, and are acknowledged at close', run: arrivesInOrder },
  { name: 'acknowledged positions rise and never run ahead', run: acknowledgesInOrder },
  { name: 'a second life continues where the first was acknowledged', run: continues },
  { name: 'partitions that share a context do not disturb each other', run: sharesPartitions },
  { name: 'an argument that it does not know is refused by name', run: refusesUnknownArgument },
];

async function configuresWithoutEffect(target: ExporterTarget): Promise<void> {
  const stage = new ExporterStage(target);
  await stage.exporter.configure(stage.context);
  assert.deepEqual(target.arrived([stage]), []);
}

async function closesUnopened(target: ExporterTarget): Promise<void> {
  const stage = new ExporterStage(target);
  await stage.exporter.configure(stage.context);
  await stage.close();
  assert.deepEqual(stage.acknowledged, []);
}

async function arrivesInOrder(target: ExporterTarget): Promise<void> {
  const stage = new ExporterStage(target);
  await stage.open();
  await stage.export(sampleBatch(1, 5));
  await stage.export(sampleBatch(6, 6));
  await stage.close();
  assert.deepEqual(target.arrived([stage]), names(1, 6));
  assert.equal(stage.lastPosition(), 6);
}

async function acknowledgesInOrder(target: ExporterTarget): Promise<void> {
  const stage = new ExporterStage(target);
  await stage.open();
  for (const at of [1, 11, 21]) {
    await stage.export(sampleBatch(at, at + 9));
    await stage.runTasks();
    assert.ok(stage.lastPosition() <= at + 9);
  }
  await stage.close();
  assert.deepEqual(
    stage.acknowledged,
    stage.acknowledged.toSorted((a, b) => a - b),
  );
  assert.equal(stage.lastPosition(), 30);
}

async function continues(target: ExporterTarget): Promise<void> {
  const first = new ExporterStage(target);
  await first.open();
  await first.export(sampleBatch(1, 4));
  await first.close();
  const second = new ExporterStage({ ...target, lastPosition: first.lastPosition() });
  await second.open();
  await second.export(sampleBatch(5, 8));
  await second.close();
  assert.deepEqual(target.arrived([first, second]), names(1, 8));
  assert.equal(second.lastPosition(), 8);
}

async function sharesPartitions(target: ExporterTarget): Promise<void> {
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
  const of = (partition: string) => arrived.filter((each) => each.startsWith(partition));
  assert.deepEqual(of('1-'), names(1, 2, 1));
  assert.deepEqual(of('2-'), names(1, 4, 2));
  assert.deepEqual([one.lastPosition(), two.lastPosition()], [2, 4]);
}

async function refusesUnknownArgument(target: ExporterTarget): Promise<void> {
  const stage = new ExporterStage({ ...target, args: { ...target.args, pahtt: 'x' } });
  await assert.rejects(async () => stage.exporter.configure(stage.context), /pahtt/);
}
