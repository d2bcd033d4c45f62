// SUSPENSION.SUSPEND, RESUME, RELEASE. Beyond the reference: while something is suspended, none of its work is handed out and
// none of its timers fires; what comes from outside is taken, and its tokens go on to where they wait next.
//
// Definitions and job types are suspended on all partitions: partition 1 takes the order and distributes it.
import { type Key, keyText, NO_KEY, type SuspensionValue } from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { EngineState } from '../state/engine-state.ts';
import { queueOf } from '../state/job-state.ts';
import { HELD_JOB } from '../state/suspension-state.ts';
import { acknowledge, distribute } from '../steps/distribution.ts';
import { suspensionOf } from '../steps/suspensions.ts';

/** Jobs and timers that come back with one command. */
export const RELEASED_MAX = 200;

/** Why the order cannot be carried out. */
export interface SuspensionProblem {
  readonly type: 'NOT_FOUND' | 'INVALID_STATE' | 'INVALID_ARGUMENT';
  readonly reason: string;
}

const WHAT = {
  PROCESS_INSTANCE: 'process instance',
  PROCESS_DEFINITION: 'process definition',
  JOB_TYPE: 'job type',
} as const;

const VERB = { SUSPEND: 'suspend', RESUME: 'resume' } as const;

function exists(state: EngineState, { scope, targetKey }: SuspensionValue): boolean {
  if (scope === 'PROCESS_DEFINITION') return state.processes.byKey(targetKey) !== undefined;
  return state.elements.get(targetKey)?.value.processInstanceKey === targetKey;
}

export function isSuspended(state: EngineState, value: SuspensionValue): boolean {
  return value.scope === 'JOB_TYPE'
    ? state.suspensions.isQueueSuspended(queueOf(value.jobType, value.tenantId))
    : state.suspensions.isSuspended(value.targetKey);
}

/** What is wrong with an order; undefined when it can be carried out. */
export function suspensionProblem(
  state: EngineState,
  intent: 'SUSPEND' | 'RESUME',
  value: SuspensionValue,
): SuspensionProblem | undefined {
  const { scope, targetKey, jobType } = value;
  const named = `'${scope === 'JOB_TYPE' ? jobType : keyText(targetKey)}'`;
  const expected = `Expected to ${VERB[intent]} ${WHAT[scope]} ${named}, but`;
  if (scope === 'JOB_TYPE' && jobType === '')
    return { type: 'INVALID_ARGUMENT', reason: `${expected} it is blank` };
  if (scope !== 'JOB_TYPE' && !exists(state, value))
    return { type: 'NOT_FOUND', reason: `${expected} there is none` };
  if (isSuspended(state, value) === (intent === 'RESUME')) return undefined;
  const is = intent === 'RESUME' ? 'it is not suspended' : 'it is suspended already';
  return { type: 'INVALID_STATE', reason: `${expected} ${is}` };
}

const order =
  (intent: 'SUSPEND' | 'RESUME'): Processor<'SUSPENSION'> =>
  (c, command) => {
    if (command.key !== NO_KEY) return takeDistributed(c, command, intent);
    const problem = suspensionProblem(c.state, intent, command.value);
    if (problem !== undefined) return c.out.reject(command, problem.type, problem.reason);
    const key = c.keys.next();
    c.out.answer(command.requestId, carryOut(c, key, intent, command.value));
    if (command.value.scope !== 'PROCESS_INSTANCE')
      distribute(c, key, 'suspension', 'SUSPENSION', intent, command.value);
  };

export const suspend = order('SUSPEND');
export const resume = order('RESUME');

/** An order from partition 1: repeats do nothing new. */
function takeDistributed(
  c: Context,
  command: CommandRecord<'SUSPENSION'>,
  intent: 'SUSPEND' | 'RESUME',
): void {
  if (c.state.suspensions.isTaken(command.key)) {
    const text = `order ${keyText(command.key)} was carried out on this partition`;
    c.out.reject(command, 'ALREADY_EXISTS', text);
  } else carryOut(c, command.key, intent, command.value);
  acknowledge(c, command.key, 'SUSPENSION', intent);
}

function carryOut(c: Context, key: Key, intent: 'SUSPEND' | 'RESUME', value: SuspensionValue) {
  const event = c.out.event(
    'SUSPENSION',
    intent === 'SUSPEND' ? 'SUSPENDED' : 'RESUMED',
    key,
    value,
  );
  const { scope, jobType: type, tenantId } = value;
  const { effects } = c.out.turn;
  if (intent === 'RESUME' && scope === 'JOB_TYPE')
    effects.push({ kind: 'jobs-available', type, tenantId });
  else if (intent === 'RESUME') effects.push({ kind: 'due', timeMs: c.now });
  return event;
}

/** Brings back the oldest jobs and timers that were put aside. It comes again until none is left. */
export const release: Processor<'SUSPENSION'> = (c, command) => {
  const { targetKey, tenantId } = command.value;
  if (!c.state.suspensions.isReleasing(targetKey)) {
    const text = `Expected to bring back what was held of '${keyText(targetKey)}', but it is not resumed`;
    return c.out.reject(command, 'INVALID_STATE', text);
  }
  const held = c.state.suspensions.heldOf(targetKey, RELEASED_MAX);
  const jobKeys: Key[] = [];
  const timerKeys: Key[] = [];
  for (const { suffix, value } of held) (value === HELD_JOB ? jobKeys : timerKeys).push(suffix);
  c.out.event('SUSPENSION', 'RELEASED', c.keys.next(), {
    ...suspensionOf(c, targetKey, tenantId),
    jobKeys,
    timerKeys,
    isLast: held.length < RELEASED_MAX,
  });
  c.out.turn.effects.push({ kind: 'due', timeMs: c.now });
  offerReleased(c, jobKeys);
};

/** Pollers and streams are told once for each queue; the jobs stand in their old places. */
function offerReleased(c: Context, jobKeys: readonly Key[]): void {
  const told = new Set<string>();
  for (const key of jobKeys) {
    const { type, tenantId } = c.state.jobs.must(key).value;
    const queue = queueOf(type, tenantId);
    if (told.has(queue) || c.state.suspensions.isQueueSuspended(queue)) continue;
    told.add(queue);
    c.out.turn.effects.push({ kind: 'jobs-available', type, tenantId });
  }
}
