// Which version entries are written in while brokers of several releases run.
import { ENTRY_VERSION_MAX, ENTRY_VERSION_MIN } from '@millrace/protocol';
import { expect, test } from 'vitest';
import { EntryVersion } from './entry-version.ts';

test('a broker that is alone writes its newest', () => {
  expect(new EntryVersion(0).newest([0])).toBe(ENTRY_VERSION_MAX);
});

test('the oldest broker decides; one that was never heard of is the oldest of all', () => {
  const version = new EntryVersion(0, 7);
  version.heard(1, 9);
  expect(version.newest([0, 1])).toBe(7);
  expect(version.newest([0, 1, 2])).toBe(ENTRY_VERSION_MIN);
  version.heard(2, 6);
  expect(version.newest([0, 1, 2])).toBe(6);
  version.heard(2, 8);
  expect(version.newest([0, 1, 2])).toBe(7);
});
