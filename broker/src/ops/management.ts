// The management server: health, metrics and the actuator-compatible operations (broker-operations.md section 11).
//
// It knows HTTP and nothing of the broker: what it shows and does comes in as functions. Works with `curl -sf`: probes
// answer 200 or 503 at once instead of redirecting. A fault in a hook is a 500 with its text, never a crash.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ManagementHooks } from './management-hooks.ts';
import { type Answer, BadRequest, type Handler, Routes } from './route.ts';
import { clockRoutes } from './routes/clock-routes.ts';
import { clusterRoutes } from './routes/cluster-routes.ts';
import { exportingRoutes } from './routes/exporting-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { jobStreamRoutes } from './routes/job-stream-routes.ts';
import { operatorRoutes } from './routes/operator-routes.ts';
import { partitionRoutes } from './routes/partition-routes.ts';
import { suspensionRoutes } from './routes/suspension-routes.ts';

export type {
  ClockControl,
  ClusterAccess,
  ExporterEntry,
  JobStreamEntry,
  ManagementHooks,
  SuspensionOrder,
} from './management-hooks.ts';
export { BadRequest } from './route.ts';

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

const BODY_BYTES_MAX = 64 * 1024;
const JSON_TYPE = 'application/json';
const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

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
  routes: Routes,
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

async function answerOf(routes: Routes, request: IncomingMessage): Promise<Answer> {
  const url = urlOf(request);
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const route = routes.find(method, path);
  if (route === undefined) {
    const others = routes.others(path);
    const status = others.length > 0 ? 405 : 404;
    const message =
      status === 405 ? `use ${others.join(' or ')}` : `nothing is served at ${path}; see /actuator`;
    return { status, body: { status, message } };
  }
  const body = METHODS_WITH_BODY.includes(method) ? await bodyOf(request) : undefined;
  return route.handler({ path: route.path, query: url.searchParams, body });
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  try {
    return new URL(`http://management${url}`);
  } catch {
    throw new BadRequest(`the path ${url} is not one`);
  }
}

/** The JSON of the body; undefined when it is empty. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new BadRequest(`the body is over ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new BadRequest('the body is not valid JSON');
  }
}

function routesOf(hooks: ManagementHooks): Routes {
  const routes = new Routes();
  healthRoutes(routes, hooks);
  clockRoutes(routes, hooks.clock);
  exportingRoutes(routes, hooks);
  partitionRoutes(routes, hooks);
  jobStreamRoutes(routes, hooks);
  clusterRoutes(routes, hooks);
  operatorRoutes(routes, hooks);
  suspensionRoutes(routes, hooks);
  const metrics: Handler = async () => ({
    status: 200,
    text: await hooks.metricsText(),
    contentType: hooks.metricsContentType,
  });
  routes.set('GET', '/metrics', metrics);
  routes.set('GET', '/actuator/prometheus', metrics);
  routes.set('GET', '/actuator', () => ({ status: 200, body: { _links: routes.patterns() } }));
  return routes;
}
