// Paths with handlers, and what handlers may read of a request.
// Guarantees: a path that is served by another method is a 405 that names it; what a handler reads is checked, and what is
// wrong becomes a 400 with its reason.
// Leaves to others: sockets (management.ts), what the paths mean (routes/).

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly contentType?: string;
}

export interface ManagementRequest {
  /** Values of the path's parts in braces, by name. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** JSON; undefined when there is none. */
  readonly body: unknown;
}

export type Handler = (request: ManagementRequest) => Answer | Promise<Answer>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The request is wrong: 400 with the message. */
export class BadRequest extends Error {}

interface Route {
  readonly method: Method;
  /** As it was given, with parts such as `{id}`. */
  readonly pattern: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

export interface FoundRoute {
  readonly handler: Handler;
  readonly path: Readonly<Record<string, string>>;
}

export class Routes {
  readonly #routes: Route[] = [];

  /** A part in braces stands for any one part of the path; a written one goes before it. */
  set(method: Method, pattern: string, handler: Handler): void {
    this.#routes.push({ method, pattern, segments: pattern.split('/'), handler });
  }

  find(method: string, path: string): FoundRoute | undefined {
    const [best] = this.#matching(path)
      .filter((route) => route.method === method)
      .sort((a, b) => freeParts(a) - freeParts(b));
    if (best === undefined) return undefined;
    return { handler: best.handler, path: pathValues(best, path) };
  }

  /** Methods and patterns that serve the path, for a 405. */
  others(path: string): readonly string[] {
    return this.#matching(path).map(({ method, pattern }) => `${method} ${pattern}`);
  }

  patterns(): readonly string[] {
    return [...new Set(this.#routes.map(({ pattern }) => pattern))];
  }

  #matching(path: string): Route[] {
    const parts = path.split('/');
    return this.#routes.filter(
      ({ segments }) =>
        segments.length === parts.length &&
        segments.every((segment, at) => isFree(segment) || segment === parts[at]),
    );
  }
}

const isFree = (segment: string): boolean => segment.startsWith('{');

function freeParts({ segments }: Route): number {
  return segments.filter(isFree).length;
}

function pathValues({ segments }: Route, path: string): Record<string, string> {
  const parts = path.split('/');
  const values: Record<string, string> = {};
  segments.forEach((segment, at) => {
    if (isFree(segment)) values[segment.slice(1, -1)] = decoded(parts[at] ?? '');
  });
  return values;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new BadRequest(`the path is not encoded rightly at '${part}'`);
  }
}

/** The members of a JSON object in the body; none when there is no body. @throws BadRequest */
export function fieldsOf({ body }: ManagementRequest): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new BadRequest('the body must be a JSON object');
}

/** A whole number of the body. @throws BadRequest */
export function numberOf(request: ManagementRequest, name: string): number {
  return wholeNumber(fieldsOf(request)[name], name);
}

/** @throws BadRequest when the value is no whole number */
export function wholeNumber(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new BadRequest(`'${name}' must be a whole number`);
}

/** A whole number in the path, 0 or more. @throws BadRequest */
export function pathNumber({ path }: ManagementRequest, name: string): number {
  const text = path[name] ?? '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new BadRequest(`the ${name} '${text}' in the path must be a whole number of 0 or more`);
}

/** `true` or `false` behind the question mark; false when it is not there. @throws BadRequest */
export function flagOf({ query }: ManagementRequest, name: string): boolean {
  const text = query.get(name) ?? 'false';
  if (text === 'true' || text === '') return true;
  if (text === 'false') return false;
  throw new BadRequest(`'${name}' must be true or false, not '${text}'`);
}

/** The answer of a path whose work this process does not do. */
export function notOffered(what: string): Answer {
  return { status: 501, body: { message: what } };
}
