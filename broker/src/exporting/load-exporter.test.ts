// Class names of exporters: built in, modules of one's own, and refusals with a remedy.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonlExporter } from '@millrace/exporters';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadExporter } from './load-exporter.ts';

const METHODS = '{ configure() {} open() {} export() {} close() {} }';
let folder = '';
const moduleOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-exporter-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a built-in name', async () => {
  expect(await loadExporter('a', 'jsonl')).toBe(JsonlExporter);
});

test.each([
  ['default export', `export default class Mine ${METHODS}`, ''],
  ['only class', `export class Mine ${METHODS}; export const other = 1;`, ''],
  ['named class', `export class Mine ${METHODS}; export class Yours ${METHODS}`, '#Mine'],
])('a module: its %s', async (what, text, fragment) => {
  const path = moduleOf(`${what.replace(' ', '-')}.mjs`, text);
  expect((await loadExporter('a', path + fragment)).name).toBe('Mine');
});

test('a module in TypeScript, relative to the working directory', async () => {
  const path = moduleOf('typed.ts', `export class Typed ${METHODS.replace('()', '(): void')}`);
  const relative = `${'../'.repeat(process.cwd().split('/').length - 1)}${path.slice(1)}`;
  expect((await loadExporter('a', relative)).name).toBe('Typed');
});

test.each([
  ['elastic', /exporter 'a': there is no exporter 'elastic'; built in are jsonl/],
  [
    'io.camunda.zeebe.exporter.ElasticsearchExporter',
    /this release has no exporter for io\.camunda\.zeebe\.exporter\.ElasticsearchExporter; built in are jsonl/,
  ],
  ['./nowhere.mjs', /exporter 'a': there is no module .*nowhere\.mjs/],
])('%s is refused', async (className, message) => {
  await expect(loadExporter('a', className)).rejects.toThrow(message);
});

test('a module without an exporter, with several, or with a mistake is refused', async () => {
  const none = moduleOf('none.mjs', 'export class Mine { open() {} }');
  await expect(loadExporter('a', none)).rejects.toThrow(/exports no class with the methods/);
  const two = moduleOf('two.mjs', `export class A ${METHODS}; export class B ${METHODS}`);
  await expect(loadExporter('a', two)).rejects.toThrow(/several exporters; name one as .*#Name/);
  await expect(loadExporter('a', `${two}#C`)).rejects.toThrow(/exports no class C/);
  const broken = moduleOf('broken.mjs', 'throw new Error("at import");');
  await expect(loadExporter('a', broken)).rejects.toThrow(/cannot be loaded: at import/);
});
