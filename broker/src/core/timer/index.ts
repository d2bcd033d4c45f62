// Timers: what their expressions mean and when they are due.
export { evaluateTimer, parseCycle, type TimerKind } from './evaluate.ts';
export { type Interval, parseInterval } from './interval.ts';
export type { Due, Schedule } from './schedule.ts';
