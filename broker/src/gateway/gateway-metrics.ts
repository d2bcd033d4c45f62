// The gateway's metrics (broker-operations.md 12.4): counted as plain numbers on the way of a call, read at scrape time.
import type { Metrics } from '../ops/metrics.ts';
import type { GatewayLimits } from './limits.ts';
import type { PartitionRoute } from './partitions/partition-route.ts';
import type { Partitions } from './partitions/partitions.ts';
import type { JobStreams } from './service/job-streams.ts';
import type { LongPolling } from './service/long-polling.ts';
import { STATUS, type StatusCode } from './status.ts';

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const STATUS_NAMES = Object.fromEntries(Object.entries(STATUS).map(([name, code]) => [code, name]));

class MethodCounts {
  readonly byCode: number[] = [];
  total = 0;
  readonly buckets: number[] = LATENCY_BUCKETS_S.map(() => 0);
  secondsSum = 0;
}

export interface GatewayMetrics {
  readonly callEnded: (method: string, code: StatusCode, startedMs: number) => void;
}

export function gatewayMetrics(
  metrics: Metrics,
  limits: GatewayLimits,
  partitions: Partitions,
  polling: LongPolling,
  streams: JobStreams,
): GatewayMetrics {
  const methods = new Map<string, MethodCounts>();
  metrics.family('zeebe_gateway_total_requests_total', 'counter', 'Calls that have ended', () =>
    [...methods].map(([requestType, counts]) => [{ requestType }, counts.total]),
  );
  metrics.family('zeebe_gateway_failed_requests_total', 'counter', 'Calls without success', () =>
    [...methods].flatMap(([requestType, counts]) =>
      counts.byCode.flatMap((count, code) =>
        code === 0 ? [] : [[{ requestType, error: STATUS_NAMES[code] ?? '' }, count] as const],
      ),
    ),
  );
  metrics.histogram(
    'zeebe_gateway_request_latency_seconds',
    'Time from the first byte of a call to its answer',
    LATENCY_BUCKETS_S,
    () =>
      [...methods].map(([requestType, counts]) => ({
        labels: { requestType },
        buckets: counts.buckets,
        count: counts.total,
        sum: counts.secondsSum,
      })),
  );
  const all = Object.values(limits);
  metrics.family('millrace_gateway_queue_requests', 'gauge', 'Requests held under a limit', () =>
    all.map((limit) => [{ limit: limit.name }, limit.count]),
  );
  metrics.family('millrace_gateway_queue_bytes', 'gauge', 'Bytes held under a limit', () =>
    all.map((limit) => [{ limit: limit.name }, limit.bytes]),
  );
  metrics.family('millrace_gateway_refused_total', 'counter', 'Calls refused by a limit', () =>
    all.map((limit) => [{ limit: limit.name }, limit.refused]),
  );
  metrics.family('zeebe_long_polling_queued_current', 'gauge', 'Polls that wait', () =>
    [...polling.waiting()].map(([type, count]) => [{ type }, count]),
  );
  metrics.family('zeebe_gateway_job_stream_clients', 'gauge', 'Open job streams', () => [
    [{}, streams.count],
  ]);
  metrics.family('zeebe_gateway_job_stream_push_total', 'counter', 'Jobs pushed to clients', () => [
    [{ status: 'success' }, streams.pushed],
    [{ status: 'failure' }, streams.givenBack],
  ]);
  routingMetrics(metrics, partitions);
  return { callEnded: (method, code, startedMs) => count(methods, method, code, startedMs) };
}

const ROLE_VALUES = { leader: 3, follower: 1, inactive: 0 } as const;

function routingMetrics(metrics: Metrics, partitions: Partitions): void {
  const { router, routes, view } = partitions;
  const byPartition = (value: (route: PartitionRoute) => number) => () =>
    routes.all.map((route) => [{ partition: String(route.partitionId) }, value(route)] as const);
  metrics.family(
    'millrace_gateway_requests_repeated_total',
    'counter',
    'Requests sent again because a leader was lost or refused them',
    byPartition((route) => route.repeats),
  );
  metrics.family(
    'millrace_gateway_leader_changes_total',
    'counter',
    'Changes of leader that this gateway has seen',
    byPartition((route) => route.leaderChanges),
  );
  metrics.family(
    'millrace_gateway_requests_waiting_for_leader',
    'gauge',
    'Requests that wait for a leader; partition "any": for that of any partition',
    () => [
      [{ partition: 'any' }, router.parked.size],
      ...byPartition((route) => route.waiting.size)(),
    ],
  );
  metrics.family('zeebe_gateway_topology_partition_roles', 'gauge', '3 leader, 1 follower', () =>
    view
      .brokers()
      .flatMap((broker) =>
        broker.partitions.map(
          ({ partitionId, role }) =>
            [
              { partition: String(partitionId), broker: String(broker.nodeId) },
              ROLE_VALUES[role],
            ] as const,
        ),
      ),
  );
}

function count(
  methods: Map<string, MethodCounts>,
  method: string,
  code: StatusCode,
  startedMs: number,
): void {
  let counts = methods.get(method);
  if (counts === undefined) {
    counts = new MethodCounts();
    methods.set(method, counts);
  }
  counts.total++;
  counts.byCode[code] = (counts.byCode[code] ?? 0) + 1;
  const seconds = (performance.now() - startedMs) / 1000;
  counts.secondsSum += seconds;
  for (let i = 0; i < LATENCY_BUCKETS_S.length; i++) {
    if (seconds <= (LATENCY_BUCKETS_S[i] as number)) {
      counts.buckets[i] = (counts.buckets[i] as number) + 1;
      break;
    }
  }
}
