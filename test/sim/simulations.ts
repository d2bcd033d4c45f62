// The kinds of simulation that there are.
import { brokerCluster } from './cluster/broker-cluster.ts';
import { raftGroup } from './raft/raft-group.ts';
import type { Simulation } from './simulation.ts';

export const simulations: readonly Simulation[] = [raftGroup, brokerCluster];
