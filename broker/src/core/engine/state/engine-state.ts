// All that the engine remembers, by concern. Processors read it; only appliers change it.
import type { StateDb } from '../../state/state-db.ts';
import { CompensationState } from './compensation-state.ts';
import { ConditionState } from './condition-state.ts';
import { DistributionState } from './distribution-state.ts';
import { ElementStateStore } from './element-state.ts';
import { FormState } from './form-state.ts';
import { IncidentState } from './incident-state.ts';
import { JobStateStore } from './job-state.ts';
import { MessageState } from './message-state.ts';
import { MessageSubscriptionState } from './message-subscription-state.ts';
import { PendingState } from './pending-state.ts';
import { ProcessState } from './process-state.ts';
import { RoundState } from './round-state.ts';
import { SignalState } from './signal-state.ts';
import { StartSubscriptionState } from './start-subscription-state.ts';
import { StartTriggerState } from './start-trigger-state.ts';
import { SuspensionState } from './suspension-state.ts';
import { TimerState } from './timer-state.ts';
import { UserTaskState } from './user-task-state.ts';
import { VariableState } from './variable-state.ts';

export class EngineState {
  readonly elements: ElementStateStore;
  readonly variables: VariableState;
  readonly suspensions: SuspensionState;
  readonly rounds: RoundState;
  readonly compensations: CompensationState;
  readonly conditions: ConditionState;
  readonly jobs: JobStateStore;
  readonly incidents: IncidentState;
  readonly processes: ProcessState;
  readonly forms: FormState;
  readonly userTasks: UserTaskState;
  readonly pending: PendingState;
  readonly distributions: DistributionState;
  readonly timers: TimerState;
  readonly signals: SignalState;
  readonly startTriggers: StartTriggerState;
  readonly messages: MessageState;
  readonly messageSubscriptions: MessageSubscriptionState;
  readonly startSubscriptions: StartSubscriptionState;

  constructor(db: StateDb) {
    this.elements = new ElementStateStore(db);
    this.variables = new VariableState(db, this.elements);
    this.rounds = new RoundState(db);
    this.compensations = new CompensationState(db);
    this.conditions = new ConditionState(db);
    this.suspensions = new SuspensionState(db);
    this.jobs = new JobStateStore(db, this.suspensions);
    this.incidents = new IncidentState(db);
    this.processes = new ProcessState(db);
    this.forms = new FormState(db);
    this.userTasks = new UserTaskState(db);
    this.pending = new PendingState(db);
    this.distributions = new DistributionState(db);
    this.timers = new TimerState(db, this.suspensions);
    this.signals = new SignalState(db);
    this.startTriggers = new StartTriggerState(db);
    this.messages = new MessageState(db);
    this.messageSubscriptions = new MessageSubscriptionState(db);
    this.startSubscriptions = new StartSubscriptionState(db);
  }
}
