// Arguments: spelling, kinds, and refusals that name exporter and argument.
import { expect, test } from 'vitest';
import { ExporterArgumentError, ExporterArguments } from './exporter-arguments.ts';

test('case, separators and nesting do not matter', () => {
  const args = new ExporterArguments('es', { bulk: { memoryLimit: 5 }, INDEX_PREFIX: 'a' });
  for (const name of ['bulk.memoryLimit', 'BULK_MEMORYLIMIT', 'bulk-memory-limit']) {
    expect(args.integer(name, 0)).toBe(5);
  }
  expect(args.text('index.prefix')).toBe('a');
  expect(args.has('index.numberOfShards')).toBe(false);
});

test('numbers and switches may come as text', () => {
  const args = new ExporterArguments('es', { size: '12', on: 'TRUE', off: false });
  expect(args.integer('size', 1)).toBe(12);
  expect(args.boolean('on', false)).toBe(true);
  expect(args.boolean('off', true)).toBe(false);
  expect(args.boolean('missing', true)).toBe(true);
});

test.each([
  [{}, /exporter 'es' needs the argument 'url'/],
  [{ url: '' }, /needs the argument 'url'/],
])('a missing text is refused: %j', (values, message) => {
  const args = new ExporterArguments('es', values);
  expect(() => args.text('url')).toThrow(ExporterArgumentError);
  expect(() => args.text('url')).toThrow(message);
});

test.each(['12.5', 'many', '', '-1', '1e30', [1, 2]])('%j is no whole number', (size) => {
  const args = new ExporterArguments('es', { size });
  expect(() => args.integer('size', 1)).toThrow(/exporter 'es' needs a whole number .* 'size'/);
});

test('neither true nor false is refused', () => {
  const args = new ExporterArguments('es', { on: 'yes' });
  expect(() => args.boolean('on', true)).toThrow(/needs true or false as 'on', got 'yes'/);
});

test('unknown arguments are refused with those that exist', () => {
  const args = new ExporterArguments('es', { url: 'x', bulk: { sise: 1 } });
  expect(() => args.allowOnly('url', 'bulk.size')).toThrow(/'bulk.sise'; it knows url, bulk.size/);
  expect(() => args.allowOnly('URL', 'bulk.sise')).not.toThrow();
});
