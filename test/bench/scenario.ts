// What a benchmark scenario is: measures for a while, answers figures by name and unit.

export interface ScenarioOptions {
  /** Only show that it works: a second instead of a measurement. */
  readonly isSmoke: boolean;
}

export type Figures = Readonly<Record<string, number | string>>;
export type Scenario = (options: ScenarioOptions) => Promise<Figures>;

/** The value below which the given share of the sorted numbers lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
