// Runs the text scenarios. UPDATE=1 rewrites the files; the difference is to be reviewed.
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { rewritten } from './scenario.ts';

const folder = path.join(import.meta.dirname, '../../../test/scenarios/raft');

it.each(fs.readdirSync(folder))('%s', (name) => {
  const file = path.join(folder, name);
  const before = fs.readFileSync(file, 'utf8');
  const after = rewritten(before);
  if (process.env.UPDATE === '1') fs.writeFileSync(file, after);
  else expect(after).toBe(before);
});
