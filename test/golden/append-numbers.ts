// Writes the numbers of this release into the book, when nothing that stands there has changed:
// `node test/golden/append-numbers.ts`, then `npm run format`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brokenPromises, type NumberBook, numbersNow } from './number-book.ts';

const file = path.join(import.meta.dirname, 'numbers.json');
const now = numbersNow();
const broken = existsSync(file)
  ? brokenPromises(JSON.parse(readFileSync(file, 'utf8')) as NumberBook, now)
  : [];
for (const line of broken) console.error(line);
if (broken.length === 0) writeFileSync(file, `${JSON.stringify(now, undefined, 2)}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
