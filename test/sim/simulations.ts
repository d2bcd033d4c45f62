// The kinds of simulation that there are.
import { raftGroup } from './raft/raft-group.ts';
import type { Simulation } from './simulation.ts';

export const simulations: readonly Simulation[] = [raftGroup];
