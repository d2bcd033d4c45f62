// What the start events of a definition wait for: closed and opened as versions come and go (engine-semantics.md E.4, E.5).
import { NO_KEY, type ProcessValue } from '@millrace/protocol';
import type { ExecutableProcess } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import { closeStartMessages, openStartMessage } from './message-starts.ts';
import { closeSignalSubscriptions, openStartSignal, signalNameOf } from './signals.ts';
import { closeTimers, createTimer, timerSchedule } from './timers.ts';

/** Partition on which instances are started by timers. */
const TIMER_PARTITION = 1;

/** The version of its process that is older than this one and newer than all other older ones. */
export function versionBefore(c: Context, process: ProcessValue): ProcessValue | undefined {
  for (let version = process.version - 1; version > 0; version--) {
    const older = c.state.processes.byVersion(process.bpmnProcessId, version, process.tenantId);
    if (older !== undefined) return older;
  }
  return undefined;
}

const isLatest = (c: Context, process: ProcessValue) =>
  c.state.processes.latest(process.bpmnProcessId, process.tenantId)?.processDefinitionKey ===
  process.processDefinitionKey;

/** Timers of the version before end, those of this one begin. */
export function takeOverStartTimers(c: Context, process: ProcessValue): void {
  if (c.options.partitionId !== TIMER_PARTITION || !isLatest(c, process)) return;
  const older = versionBefore(c, process);
  if (older !== undefined) closeTimers(c, older.processDefinitionKey);
  openStartTimers(c, process);
}

/** Messages and signals of the version before end, those of this one begin. */
export function takeOverStartSubscriptions(c: Context, process: ProcessValue): void {
  if (!isLatest(c, process)) return;
  const older = versionBefore(c, process);
  if (older !== undefined) closeStartSubscriptions(c, older);
  openStartSubscriptions(c, process);
}

/** The latest version is about to be deleted: the one before it takes over. */
export function giveBackStartSubscriptions(c: Context, process: ProcessValue): void {
  if (!isLatest(c, process)) return;
  closeTimers(c, process.processDefinitionKey);
  closeStartSubscriptions(c, process);
  const older = versionBefore(c, process);
  if (older === undefined) return;
  if (c.options.partitionId === TIMER_PARTITION) openStartTimers(c, older);
  openStartSubscriptions(c, older);
}

/** Why the start events of a process could not be subscribed; undefined when they can. Nothing is written. */
export function startProblem(c: Context, process: ExecutableProcess): string | undefined {
  for (const event of process.root.triggeredStarts) {
    if (event.timer === undefined) continue;
    const schedule = timerSchedule(c, NO_KEY, event);
    if ('errorType' in schedule)
      return `Element: ${event.id}\n    - ERROR: Invalid timer ${event.timer.kind} expression (${schedule.message})\n`;
  }
  return undefined;
}

const startsOf = (c: Context, process: ProcessValue) =>
  c.state.processes.graph(process.processDefinitionKey).root.triggeredStarts;

function openStartTimers(c: Context, process: ProcessValue): void {
  const { processDefinitionKey, tenantId } = process;
  for (const event of startsOf(c, process)) {
    if (event.timer === undefined) continue;
    const schedule = timerSchedule(c, NO_KEY, event);
    if ('errorType' in schedule) throw new Error(schedule.message);
    createTimer(c, {
      elementInstanceKey: NO_KEY,
      processInstanceKey: NO_KEY,
      processDefinitionKey,
      ...schedule.first(c.now),
      targetElementId: event.id,
      tenantId,
    });
  }
}

function openStartSubscriptions(c: Context, process: ProcessValue): void {
  const starts = startsOf(c, process);
  for (const event of starts) if (event.message !== undefined) openStartMessage(c, process, event);
  for (const event of starts) {
    if (event.signalName === undefined) continue;
    const signal = signalNameOf(c, NO_KEY, event);
    if ('errorType' in signal) throw new Error(signal.message);
    openStartSignal(c, process, event, signal.name);
  }
}

function closeStartSubscriptions(c: Context, process: ProcessValue): void {
  closeStartMessages(c, process.processDefinitionKey);
  closeSignalSubscriptions(c, process.processDefinitionKey);
}
