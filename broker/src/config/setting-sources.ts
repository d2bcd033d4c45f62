// Collects settings from file and environment into one map, by path; the environment wins over the file.
import { parse as parseYaml } from 'yaml';
import { environmentName, lookUp, nearest } from './setting-table.ts';

/** A setting that stops the start; the text names it, says what is expected and what was probably meant. */
export class ConfigError extends Error {}

export interface ExporterSetting {
  readonly id: string;
  className: string | undefined;
  readonly args: Record<string, unknown>;
}

export interface Settings {
  readonly values: Map<string, unknown>;
  readonly exporters: Map<string, ExporterSetting>;
  readonly notices: string[];
}

export const emptySettings = (): Settings => ({
  values: new Map(),
  exporters: new Map(),
  notices: [],
});

function exporter(settings: Settings, id: string): ExporterSetting {
  const name = id.toLowerCase();
  let found = settings.exporters.get(name);
  if (found === undefined) {
    found = { id: name, className: undefined, args: {} };
    settings.exporters.set(name, found);
  }
  return found;
}

/** @param origin how the name was written, for texts */
function apply(settings: Settings, name: string, origin: string, value: unknown): void {
  const known = lookUp(name);
  if (known === undefined) {
    throw new ConfigError(`${origin} is not known. Did you mean ${suggestion(origin, name)}?`);
  }
  if (known.kind === 'ignored') {
    settings.notices.push(`${origin} has no effect: ${known.reason}`);
    return;
  }
  try {
    settings.values.set(known.path, known.parse(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`${origin} must be ${error.message}, but it is '${String(value)}'`);
  }
}

function suggestion(origin: string, name: string): string {
  const path = nearest(name);
  return origin === origin.toUpperCase() ? environmentName(path) : path;
}

/** One element of the list of contact points, as Spring numbers them. */
const CONTACT_POINT_ENV = /^(ZEEBE_(?:BROKER|GATEWAY)_CLUSTER_INITIALCONTACTPOINTS)_(\d+)_?$/;
const EXPORTER_ENV = /^ZEEBE_BROKER_EXPORTERS_(.+?)_(CLASSNAME|JARPATH|ARGS_(.+))$/;
const OWN_PREFIXES = ['ZEEBE_BROKER_', 'ZEEBE_GATEWAY_', 'MILLRACE_'];
const SINGLE_NAMES = ['ZEEBE_CLOCK_CONTROLLED', 'ZEEBE_LOG_LEVEL'];

/** Reads the names that are ours; other ZEEBE_* names belong to clients. @throws ConfigError */
export function readEnvironment(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const contactPoints = new Map<string, string[]>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const numbered = CONTACT_POINT_ENV.exec(name);
    if (numbered !== null) {
      const [, list, place] = numbered as unknown as [string, string, string];
      const points = contactPoints.get(list) ?? [];
      points[Number(place)] = value;
      contactPoints.set(list, points);
      continue;
    }
    const match = EXPORTER_ENV.exec(name);
    if (match !== null) {
      const [, id, what, argument] = match as unknown as [string, string, string, string?];
      if (what === 'CLASSNAME') exporter(settings, id).className = value;
      else if (argument !== undefined) exporter(settings, id).args[argument] = value;
      else settings.notices.push(`${name} has no effect: Java classes cannot run here`);
    } else if (SINGLE_NAMES.includes(name) || name.startsWith('MANAGEMENT_SERVER_')) {
      apply(settings, name, name, value);
    } else if (OWN_PREFIXES.some((prefix) => name.startsWith(prefix))) {
      apply(settings, name, name, value);
    }
  }
  for (const [list, points] of contactPoints)
    apply(
      settings,
      list,
      list,
      points.filter((point) => point !== undefined),
    );
}

/** Reads a YAML or JSON text. @throws ConfigError */
export function readFileText(settings: Settings, textOfFile: string, file: string): void {
  let root: unknown;
  try {
    root = parseYaml(textOfFile, { prettyErrors: true });
  } catch (error) {
    throw new ConfigError(`${file} is neither YAML nor JSON: ${(error as Error).message}`);
  }
  if (root === null || root === undefined) return;
  if (typeof root !== 'object' || Array.isArray(root)) {
    throw new ConfigError(`${file} must hold a map such as {zeebe: {broker: {...}}}`);
  }
  readMap(settings, root as Record<string, unknown>, '', file);
}

function readMap(
  settings: Settings,
  map: Readonly<Record<string, unknown>>,
  prefix: string,
  file: string,
): void {
  for (const [name, value] of Object.entries(map)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (/^zeebe\.broker\.exporters$/i.test(path)) {
      readExporters(settings, value, file);
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      readMap(settings, value as Record<string, unknown>, path, file);
    } else if (value !== null) {
      apply(settings, path, `${file}: ${path}`, value);
    }
  }
}

function readExporters(settings: Settings, value: unknown, file: string): void {
  for (const [id, each] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const origin = `${file}: zeebe.broker.exporters.${id}`;
    if (typeof each !== 'object' || each === null) {
      throw new ConfigError(`${origin} must be a map with className and args`);
    }
    const target = exporter(settings, id);
    for (const [name, given] of Object.entries(each)) {
      const bare = name.replace(/-/g, '').toLowerCase();
      if (bare === 'classname') target.className = String(given);
      else if (bare === 'args') Object.assign(target.args, given);
      else if (bare === 'jarpath') {
        settings.notices.push(`${origin}.jarPath has no effect: Java classes cannot run here`);
      } else
        throw new ConfigError(`${origin}.${name} is not known. Did you mean className or args?`);
    }
  }
}
