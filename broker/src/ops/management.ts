// The management server: health, metrics and the actuator-compatible operations (broker-operations.md section 11).
//
// It knows HTTP and nothing of the broker: what it shows and does comes in as functions. Works with `curl -sf`: probes
// answer 200 or 503 at once instead of redirecting. A fault in a hook is a 500 with its text, never a crash.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PartitionStatus } from '../partition/messages.ts';

export interface ClockControl {
  /** ms since the epoch */
  now(): number;
  pin(epochMs: number): void | Promise<void>;
  /** Moves the clock, pinned or not, by so many ms. */
  add(offsetMs: number): void | Promise<void>;
  reset(): void | Promise<void>;
}

export interface JobStreamEntry {
  readonly id: number;
  readonly jobType: string;
  readonly worker: string;
  readonly timeout: number;
  readonly fetchVariables: readonly string[];
  readonly tenantIds: readonly string[];
}

export interface ExporterEntry {
  readonly exporterId: string;
  readonly status: 'ENABLED' | 'DISABLED';
}

export interface ManagementHooks {
  /** All partitions have been started. */
  started(): boolean;
  /** Every partition has once been ready; never goes back. */
  ready(): boolean;
  /** Empty when all is well, else one text for each fault. */
  faults(): readonly string[];
  metricsText(): Promise<string>;
  readonly metricsContentType: string;
  /** Undefined: the clock is not controlled, and asking for it is a 403. */
  readonly clock: ClockControl | undefined;
  jobStreams(): readonly JobStreamEntry[];
  partitions(): readonly PartitionStatus[];
  exporterPhase(): 'EXPORTING' | 'PAUSED' | 'SOFT_PAUSED';
  setExporting(phase: 'exporting' | 'paused' | 'soft-paused'): void | Promise<void>;
  exporters(): readonly ExporterEntry[];
  /** Begins a checkpoint of every partition. */
  takeCheckpoint(): void | Promise<void>;
}

export interface ManagementOptions extends ManagementHooks {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface Management {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly contentType?: string;
}

type Handler = (request: ManagementRequest) => Answer | Promise<Answer>;

interface ManagementRequest {
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

const BODY_BYTES_MAX = 64 * 1024;
const JSON_TYPE = 'application/json';

class BadRequest extends Error {}

/** @throws Error when the address cannot be bound */
export async function startManagement(options: ManagementOptions): Promise<Management> {
  const routes = routesOf(options);
  const server = createServer((request, response) => {
    serve(routes, request, response).catch(() => response.destroy());
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    address: `${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  routes: ReadonlyMap<string, Handler>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerOf(routes, request);
  } catch (error) {
    const status = error instanceof BadRequest ? 400 : 500;
    answer = { status, body: { status, message: (error as Error).message } };
  }
  const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? JSON_TYPE,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function answerOf(
  routes: ReadonlyMap<string, Handler>,
  request: IncomingMessage,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://management');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const handler = routes.get(`${method} ${path}`);
  if (handler === undefined) {
    const others = [...routes.keys()].filter((route) => route.endsWith(` ${path}`));
    const status = others.length > 0 ? 405 : 404;
    const message =
      status === 405 ? `use ${others.join(' or ')}` : `nothing is served at ${path}; see /actuator`;
    return { status, body: { status, message } };
  }
  const body = method === 'POST' ? await bodyOf(request) : {};
  return handler({ query: url.searchParams, body });
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new BadRequest(`the body is over ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new BadRequest('the body is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequest('the body must be a JSON object');
  }
  return value as Record<string, unknown>;
}

/** A whole number of the body. @throws BadRequest */
function numberOf(request: ManagementRequest, name: string): number {
  const value = request.body[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new BadRequest(`'${name}' must be a whole number`);
  }
  return value;
}

const probe = (up: boolean): Answer => ({
  status: up ? 200 : 503,
  body: { status: up ? 'UP' : 'DOWN' },
});

function routesOf(hooks: ManagementHooks): ReadonlyMap<string, Handler> {
  const routes = new Map<string, Handler>();
  healthRoutes(routes, hooks);
  clockRoutes(routes, hooks.clock);
  exportingRoutes(routes, hooks);
  partitionRoutes(routes, hooks);
  const metrics: Handler = async () => ({
    status: 200,
    text: await hooks.metricsText(),
    contentType: hooks.metricsContentType,
  });
  routes.set('GET /metrics', metrics);
  routes.set('GET /actuator/prometheus', metrics);
  const view = (entry: JobStreamEntry) => ({
    jobType: entry.jobType,
    metadata: {
      worker: entry.worker,
      timeout: entry.timeout,
      fetchVariables: entry.fetchVariables,
      tenantIds: entry.tenantIds,
    },
  });
  const remote = () =>
    hooks.jobStreams().map((entry) => ({
      ...view(entry),
      consumers: [{ id: String(entry.id), receiver: 'gateway' }],
    }));
  const client = () =>
    hooks
      .jobStreams()
      .map((entry) => ({ id: String(entry.id), ...view(entry), connectedTo: ['0'] }));
  routes.set('GET /actuator/jobstreams', () => ({
    status: 200,
    body: { remote: remote(), client: client() },
  }));
  routes.set('GET /actuator/jobstreams/remote', () => ({ status: 200, body: remote() }));
  routes.set('GET /actuator/jobstreams/client', () => ({ status: 200, body: client() }));
  routes.set('GET /actuator', () => ({
    status: 200,
    body: { _links: [...routes.keys()].map((route) => route.split(' ')[1]) },
  }));
  return routes;
}

function healthRoutes(routes: Map<string, Handler>, hooks: ManagementHooks): void {
  const healthy: Handler = () => {
    const faults = hooks.faults();
    const up = hooks.ready() && faults.length === 0;
    return { status: up ? 200 : 503, body: { status: up ? 'UP' : 'DOWN', faults } };
  };
  const ready: Handler = () => probe(hooks.ready());
  const started: Handler = () => probe(hooks.started());
  routes.set('GET /health', healthy);
  routes.set('GET /actuator/health/status', healthy);
  routes.set('GET /actuator/health/liveness', () => probe(true));
  routes.set('GET /ready', ready);
  routes.set('GET /actuator/health/readiness', ready);
  routes.set('GET /startup', started);
  routes.set('GET /actuator/health/startup', started);
  routes.set('GET /actuator/health', () => {
    const components = Object.fromEntries(
      hooks.partitions().map((partition) => [
        `partition-${partition.partitionId}`,
        {
          status: partition.health === 'healthy' ? 'UP' : 'DOWN',
          details: { role: partition.role, reason: partition.reason },
        },
      ]),
    );
    const up = hooks.ready() && hooks.faults().length === 0;
    const body = {
      status: up ? 'UP' : 'DOWN',
      components,
      groups: ['liveness', 'readiness', 'startup', 'status'],
    };
    return { status: up ? 200 : 503, body };
  });
}

function clockRoutes(routes: Map<string, Handler>, clock: ClockControl | undefined): void {
  const controlled =
    (handler: (clock: ClockControl, request: ManagementRequest) => unknown): Handler =>
    async (request) => {
      if (clock === undefined) {
        const message = 'the clock is not controlled; set ZEEBE_CLOCK_CONTROLLED=true to allow it';
        return { status: 403, body: { status: 403, message } };
      }
      await handler(clock, request);
      const now = clock.now();
      return { status: 200, body: { epochMilli: now, instant: new Date(now).toISOString() } };
    };
  routes.set(
    'GET /actuator/clock',
    controlled(() => {}),
  );
  routes.set(
    'DELETE /actuator/clock',
    controlled((each) => each.reset()),
  );
  routes.set(
    'POST /actuator/clock/pin',
    controlled((each, request) => each.pin(timeOf(request))),
  );
  routes.set(
    'POST /actuator/clock/add',
    controlled((each, request) => {
      const offset = numberOf(request, 'offsetMilli');
      checkTime(each.now() + offset);
      return each.add(offset);
    }),
  );
}

/** Largest time that a Date can show, ms. */
const TIME_MS_MAX = 8.64e15;

function checkTime(epochMs: number): void {
  if (epochMs < 0 || epochMs > TIME_MS_MAX) {
    throw new BadRequest(`the time ${epochMs} is out of range (0 to ${TIME_MS_MAX})`);
  }
}

function timeOf(request: ManagementRequest): number {
  const epochMs = numberOf(request, 'epochMilli');
  checkTime(epochMs);
  return epochMs;
}

function exportingRoutes(routes: Map<string, Handler>, hooks: ManagementHooks): void {
  const set =
    (phase: (request: ManagementRequest) => 'exporting' | 'paused' | 'soft-paused'): Handler =>
    async (request) => {
      await hooks.setExporting(phase(request));
      return { status: 204 };
    };
  routes.set(
    'POST /actuator/exporting/pause',
    set(({ query }) => (query.get('soft') === 'true' ? 'soft-paused' : 'paused')),
  );
  routes.set(
    'POST /actuator/exporting/resume',
    set(() => 'exporting'),
  );
  routes.set('GET /actuator/exporters', () => ({ status: 200, body: hooks.exporters() }));
}

function partitionRoutes(routes: Map<string, Handler>, hooks: ManagementHooks): void {
  const show = (): Answer => ({
    status: 200,
    body: Object.fromEntries(
      hooks.partitions().map((partition) => [
        String(partition.partitionId),
        {
          role: partition.role.toUpperCase(),
          processedPosition: partition.processedPosition,
          snapshotId: partition.checkpointIndex > 0 ? String(partition.checkpointIndex) : null,
          streamProcessorPhase: partition.health === 'healthy' ? 'PROCESSING' : 'FAILED',
          exporterPhase: hooks.exporterPhase(),
          exportedPosition: partition.exportedPosition,
          health: { status: partition.health.toUpperCase(), reason: partition.reason },
        },
      ]),
    ),
  });
  const after =
    (act: () => void | Promise<void>): Handler =>
    async () => {
      await act();
      return show();
    };
  routes.set('GET /actuator/partitions', show);
  routes.set(
    'POST /actuator/partitions/takeSnapshot',
    after(() => hooks.takeCheckpoint()),
  );
  routes.set(
    'POST /actuator/partitions/pauseExporting',
    after(() => hooks.setExporting('paused')),
  );
  routes.set(
    'POST /actuator/partitions/softPauseExporting',
    after(() => hooks.setExporting('soft-paused')),
  );
  routes.set(
    'POST /actuator/partitions/resumeExporting',
    after(() => hooks.setExporting('exporting')),
  );
}
