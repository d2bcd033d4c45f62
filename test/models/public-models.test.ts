// All public sample models, and those that the package zeebe-node brings along, run to their end or to a wait that is named.
//
// The collections are not part of this repository: MILLRACE_MODELS names their folder; without it the folder beside the
// repository is looked for, and if there is none, the tests say so and are skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comesTo } from './generic-worker.ts';

/** What workers of these models answer; their gateways and subscriptions read it. */
const VARIABLES = '{"conditionVariable":true,"uniqueId":"u","none":"n"}';

const REFUSED = 'refused: ';
const NOT_EXECUTABLE = 'Must contain at least one executable process';
const TRAIN =
  'IntermediateCatchEvent_1smhq9d waits for message Waiting For A Train That Never Arrives';

/** What each file comes to; a refusal holds this text. */
const EXPECTED: Readonly<Record<string, string>> = {
  'A.1.0.bpmn': REFUSED + NOT_EXECUTABLE,
  'A.2.0.bpmn': REFUSED + NOT_EXECUTABLE,
  'A.2.1.bpmn': REFUSED + NOT_EXECUTABLE,
  'A.3.0.bpmn': REFUSED + NOT_EXECUTABLE,
  'A.4.0.bpmn': REFUSED + NOT_EXECUTABLE,
  'A.4.1.bpmn': REFUSED + NOT_EXECUTABLE,
  'B.1.0.bpmn': REFUSED + NOT_EXECUTABLE,
  'B.2.0.bpmn': REFUSED + NOT_EXECUTABLE,
  // Written for other engines: no job types, and expressions of other languages.
  'C.1.0.bpmn': `${REFUSED}Must have exactly one 'zeebe:taskDefinition' extension element`,
  'C.1.1.bpmn': `${REFUSED}Must have exactly one 'zeebe:taskDefinition' extension element`,
  'C.3.0.bpmn': `${REFUSED}Must have a condition or be default flow`,
  // Until there are decisions.
  'C.9.0.bpmn': `${REFUSED}This release does not execute zeebe:calledDecision`,
  'BpmnParser.bpmn': 'ended',
  'BpmnParser2.bpmn': 'ended',
  'Client-BrokenBpmn.bpmn': `${REFUSED}Expected expression but not found.`,
  'Client-DeployWorkflow.bpmn': 'ended',
  'Client-MessageStart.bpmn': 'ended',
  'Client-SkipFirstTask.bpmn': 'ended',
  'Client-ThrowError.bpmn': 'ended',
  'Signal.bpmn': 'ended',
  'Worker-Failure-Retries.bpmn': 'ended',
  'Worker-Failure1.bpmn': 'ended',
  'Worker-Failure2.bpmn': TRAIN,
  'Worker-Failure3.bpmn': TRAIN,
  'Worker-LongPoll.bpmn': TRAIN,
  'Worker-RaiseIncident.bpmn': 'ended',
  'await-outcome-long.bpmn': 'ended',
  'await-outcome.bpmn': 'ended',
  'conditional-pathway.bpmn': 'ended',
  'disconnection.bpmn': 'ended',
  'generic-test.bpmn': 'ended',
  'hello-world-complete.bpmn': 'ended',
  'hello-world.bpmn': 'ended',
  // Cut off in the middle.
  'modeller7File.bpmn': `${REFUSED}XML document structures must start and end within the same entity`,
  // Goes round without end: two jobs, a pause, and again.
  'connector_test.bpmn': 'Activity_0jj9fxa waits for a job of camunda-cloud-connector',
  'test.bpmn': 'ended',
};

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.bpmn'))
        .sort()
        .map((name) => join(folder, name))
    : [];

function check(path: string): void {
  const name = basename(path);
  const outcome = comesTo(name, readFileSync(path, 'utf8'), VARIABLES);
  const expected = EXPECTED[name];
  if (expected === undefined)
    expect(outcome).toMatch(/^(ended$|refused: |.* waits for |incident at )/);
  else if (expected.startsWith(REFUSED)) {
    expect(outcome).toMatch(/^refused: /);
    expect(outcome).toContain(expected.slice(REFUSED.length));
  } else expect(outcome).toBe(expected);
}

const folder = process.env.MILLRACE_MODELS ?? join(import.meta.dirname, '../../../shared/models');
const models = filesIn(folder);

describe.skipIf(models.length === 0)(
  `models of ${folder} (set MILLRACE_MODELS to another folder; skipped when there are none)`,
  () => {
    it.each(models.map((path) => [basename(path), path] as const))('%s', (_, path) => check(path));
  },
);

describe('models of the package zeebe-node', () => {
  const root = dirname(createRequire(import.meta.url).resolve('zeebe-node/package.json'));
  it.each(filesIn(join(root, 'example')).map((path) => [basename(path), path] as const))(
    '%s',
    (_, path) => check(path),
  );
});
