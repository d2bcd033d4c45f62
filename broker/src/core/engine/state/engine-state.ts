// All that the engine remembers, by concern. Processors read it; only appliers change it.
import type { StateDb } from '../../state/state-db.ts';
import { DistributionState } from './distribution-state.ts';
import { ElementStateStore } from './element-state.ts';
import { IncidentState } from './incident-state.ts';
import { JobStateStore } from './job-state.ts';
import { PendingState } from './pending-state.ts';
import { ProcessState } from './process-state.ts';
import { VariableState } from './variable-state.ts';

export class EngineState {
  readonly elements: ElementStateStore;
  readonly variables: VariableState;
  readonly jobs: JobStateStore;
  readonly incidents: IncidentState;
  readonly processes: ProcessState;
  readonly pending: PendingState;
  readonly distributions: DistributionState;

  constructor(db: StateDb) {
    this.elements = new ElementStateStore(db);
    this.variables = new VariableState(db, this.elements);
    this.jobs = new JobStateStore(db);
    this.incidents = new IncidentState(db);
    this.processes = new ProcessState(db);
    this.pending = new PendingState(db);
    this.distributions = new DistributionState(db);
  }
}
