// The command `npm run coverage:bpmn`: writes docs/bpmn-coverage.md as the tables give it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bpmnCoverage } from './bpmn-coverage.ts';

const path = join(import.meta.dirname, '../../docs/bpmn-coverage.md');
writeFileSync(path, bpmnCoverage());
console.log(`written: ${path}`);
