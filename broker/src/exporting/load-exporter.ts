// From the class name of the configuration to the class: a built-in name, or a module of the operator's own.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILT_IN_EXPORTERS, type ExporterClass } from '@millrace/exporters';

const METHODS = ['configure', 'open', 'export', 'close'] as const;

export type OwnExporters = ReadonlyMap<string, ExporterClass>;

/**
 * @param own the program's own exporters by name, which go before all others
 * @param className a built-in name, or a module path (absolute or relative to the working directory), `path#Name` for one
 * of several classes in it
 * @throws Error whose text names exporter, class and remedy
 */
export async function loadExporter(
  id: string,
  className: string,
  own?: OwnExporters,
): Promise<ExporterClass> {
  const builtIn = own?.get(className) ?? BUILT_IN_EXPORTERS.get(className);
  if (builtIn !== undefined) return builtIn;
  const names = [...BUILT_IN_EXPORTERS.keys()].join(', ');
  if (/^(io|org)\.camunda\./.test(className)) {
    throw new Error(
      `exporter '${id}': this release has no exporter for ${className}; built in are ${names}`,
    );
  }
  if (!/[/\\]|\.[cm]?[jt]s(#|$)/.test(className)) {
    throw new Error(
      `exporter '${id}': there is no exporter '${className}'; built in are ${names}, anything else is the path of a module`,
    );
  }
  const [modulePath = '', exportName] = className.split('#');
  const path = resolve(modulePath);
  if (!existsSync(path)) throw new Error(`exporter '${id}': there is no module ${path}`);
  return exporterClassOf(id, path, exportName, await importModule(id, path));
}

async function importModule(id: string, path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`exporter '${id}': ${path} cannot be loaded: ${text}`, { cause: error });
  }
}

function exporterClassOf(
  id: string,
  path: string,
  exportName: string | undefined,
  module: Record<string, unknown>,
): ExporterClass {
  const candidates =
    exportName !== undefined
      ? [module[exportName]]
      : 'default' in module
        ? [module.default]
        : Object.values(module);
  const classes = candidates.filter(isExporterClass);
  if (classes.length === 1) return classes[0] as ExporterClass;
  throw new Error(
    classes.length > 1
      ? `exporter '${id}': ${path} exports several exporters; name one as ${path}#Name`
      : `exporter '${id}': ${path} exports no class${exportName === undefined ? '' : ` ${exportName}`} with the methods ${METHODS.join(', ')}`,
  );
}

function isExporterClass(candidate: unknown): candidate is ExporterClass {
  if (typeof candidate !== 'function') return false;
  const methods = candidate.prototype as Record<string, unknown> | undefined;
  return methods !== undefined && METHODS.every((name) => typeof methods[name] === 'function');
}
