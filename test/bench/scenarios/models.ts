// The closed loop with ten tasks in a row, and with a parallel gateway to twenty.

import { chainModel, forkModel } from '../bpmn-models.ts';
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { ClosedLoop, type LoopModel } from '../closed-loop.ts';
import { GrpcLoad } from '../grpc-load.ts';
import type { Scenario } from '../scenario.ts';

const loopOf =
  (model: LoopModel): Scenario =>
  async ({ isSmoke }) => {
    const broker = new BrokerUnderBench();
    await broker.start();
    const client = await GrpcLoad.connect(broker.address);
    const loop = await ClosedLoop.prepareModel(model, client);
    let memoryMb = 0;
    const figures = await loop.measure(isSmoke ? 300 : 5_000, isSmoke ? 700 : 15_000, () => {
      memoryMb = broker.memoryMb;
    });
    client.close();
    await broker.remove();
    const perSecond = figures.completedPerSecond;
    return {
      instancesPerSecond: Math.round(perSecond),
      jobsPerSecond: Math.round(perSecond * model.jobsOfInstance),
      rssAnonMb: memoryMb,
    };
  };

export const tenTasks = loopOf(chainModel(10));
export const parallel = loopOf(forkModel(20));
