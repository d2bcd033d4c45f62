// Deployments: several resources, duplicates, versions, deletion.
import {
  bpmn,
  deployTask,
  end,
  file,
  job,
  pass,
  processElement,
  start,
  unknownKey,
} from './model.mjs';

const body = (type) => [start(), job('work', { type }), end()];
const one = (id, type = 'w', rest, parts) =>
  bpmn(id, body(type), 'start -> work -> end', rest, parts);
/** One process of a file with several: ids are unique in a file. */
const part = (id, type = 'w', parts) =>
  processElement(
    id,
    [start(`${id}_start`), job(`${id}_work`, { type }), end(`${id}_end`)],
    `${id}_start -> ${id}_work -> ${id}_end`,
    parts,
  );
const keyOf = (answer, i = 0) => answer.deployments[i].process.processDefinitionKey;
const bytes = (text) => Buffer.from(text);

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'duplicate: same file and name, three times': async (t) => {
    for (let i = 0; i < 3; i++) await t.deploy({ 'p.bpmn': one('dup') });
  },
  'duplicate: same content under another name': async (t) => {
    await t.deploy({ 'p.bpmn': one('renamed') });
    await t.deploy({ 'q.bpmn': one('renamed') });
    await t.deploy({ 'p.bpmn': one('renamed') });
  },
  'duplicate: older content again is a new version': async (t) => {
    await t.deploy({ 'p.bpmn': one('back', 'one') });
    await t.deploy({ 'p.bpmn': one('back', 'two') });
    await t.deploy({ 'p.bpmn': one('back', 'one') });
    await t.deploy({ 'p.bpmn': one('back', 'one') });
    await t.create('back');
  },
  'bundle: two files, one of them changed': async (t) => {
    await t.deploy({ 'a.bpmn': one('b-a'), 'b.bpmn': one('b-b') });
    await t.deploy({ 'a.bpmn': one('b-a'), 'b.bpmn': one('b-b', 'new') });
    await t.deploy({ 'a.bpmn': one('b-a'), 'b.bpmn': one('b-b', 'new') });
  },
  'bundle: a file more': async (t) => {
    await t.deploy({ 'a.bpmn': one('m-a') });
    await t.deploy({ 'a.bpmn': one('m-a'), 'b.bpmn': one('m-b') });
  },
  'bundle: a file less': async (t) => {
    await t.deploy({ 'a.bpmn': one('l-a'), 'b.bpmn': one('l-b') });
    await t.deploy({ 'a.bpmn': one('l-a') });
  },
  'bundle: duplicates of two different deployments': async (t) => {
    await t.deploy({ 'a.bpmn': one('d-a') });
    await t.deploy({ 'b.bpmn': one('d-b') });
    await t.deploy({ 'a.bpmn': one('d-a'), 'b.bpmn': one('d-b') });
  },
  'bundle: the other order': async (t) => {
    await t.deploy({ 'a.bpmn': one('o-a'), 'b.bpmn': one('o-b') });
    await t.deploy({ 'b.bpmn': one('o-b'), 'a.bpmn': one('o-a') });
  },
  'file: two processes, then one of them changed': async (t) => {
    await t.deploy({ 'p.bpmn': file(part('f-a'), part('f-b')) });
    await t.deploy({ 'p.bpmn': file(part('f-a'), part('f-b', 'new')) });
    await t.create('f-a');
    await t.create('f-b');
  },
  'file: two processes, one is not executable': async (t) => {
    await t.deploy({
      'p.bpmn': file(part('x-a'), part('x-b', 'w', { at: { isExecutable: 'false' } })),
    });
    await t.create('x-b');
  },
  'file: two processes, one is invalid': async (t) => {
    await t.deploy({ 'p.bpmn': file(part('i-a'), processElement('i-b', [pass('lonely')])) });
    await t.create('i-a');
  },
  'file: isExecutable is neither true nor false': (t) =>
    t.deploy({ 'p.bpmn': one('exec-word', 'w', '', { at: { isExecutable: 'yes' } }) }),
  'file: process without isExecutable, with false, with 1': async (t) => {
    for (const isExecutable of [undefined, 'false', '1'])
      await t.deploy({ 'p.bpmn': one('exec', 'w', '', { at: { isExecutable } }) });
  },
  'file: only a non-executable process with unsupported elements': async (t) => {
    await t.deploy({
      'p.bpmn': bpmn(
        'n-x',
        [start(), pass('p'), { ...pass('t'), name: 'transaction' }],
        'start -> p',
        '',
        { at: { isExecutable: 'false' } },
      ),
    });
  },
  'file: two processes with the same element ids': async (t) => {
    await t.deploy({
      'p.bpmn': file(
        ...['s-a', 's-b'].map((id) => processElement(id, body('w'), 'start -> work -> end')),
      ),
    });
  },
  'file: the same process id twice': async (t) => {
    await t.deploy({ 'p.bpmn': file(part('twin'), part('twin')) });
  },
  'files: the same process id in two': async (t) => {
    await t.deploy({ 'a.bpmn': one('twins'), 'b.bpmn': one('twins', 'other') });
    await t.create('twins');
  },
  'files: one of two is bad, nothing is deployed': async (t) => {
    await t.deploy({ 'a.bpmn': one('good'), 'b.bpmn': bpmn('bad', [pass('a')]) });
    await t.create('good');
    await t.deploy({ 'a.bpmn': one('good') });
  },
  'files: two bad ones': async (t) => {
    await t.deploy({ 'a.bpmn': bpmn('bad-a', [pass('a')]), 'b.bpmn': bpmn('bad-b', [pass('b')]) });
  },
  'files: none': (t) => t.deploy({}),
  'files: names: without suffix, other suffixes, upper case, blank, with a folder': async (t) => {
    for (const name of [
      'p',
      'p.txt',
      'p.BPMN',
      'p.xml',
      '',
      ' ',
      'bpmn',
      '.bpmn',
      'a/b/p.bpmn',
      'p.bpmn ',
      'größe.bpmn',
    ])
      await t.deploy({ [name]: one('named') });
  },
  'files: content: empty, blank, text, broken XML, other XML, other root': async (t) => {
    for (const content of ['', ' ', 'hello', '<definitions', '<a/>', '{}'])
      await t.deploy({ 'p.bpmn': content });
  },
  'version tag': async (t) => {
    const tagged = (value, type) =>
      one('tagged', type, '', { ext: `<zeebe:versionTag value="${value}"/>` });
    await t.deploy({ 'p.bpmn': tagged('v1') });
    await t.deploy({ 'p.bpmn': tagged('v1', 'x') });
    await t.deploy({ 'p.bpmn': tagged('') });
    await t.deploy({ 'p.bpmn': tagged(' ') });
  },
  'process attributes: name, spaces and letters in the id': async (t) => {
    await t.deploy({ 'p.bpmn': one('named-process', 'w', '', { at: { name: 'Ein Name' } }) });
    await t.deploy({ 'q.bpmn': one('größe_1.x-y') });
    await t.create('größe_1.x-y');
  },
  'delete: the only version, then start, then deploy the same again': async (t) => {
    const key = keyOf(await t.deploy({ 'p.bpmn': one('gone') }));
    await t.deleteResource(key);
    await t.create('gone');
    await t.create('', { processDefinitionKey: key });
    await t.deploy({ 'p.bpmn': one('gone') });
    await t.create('gone');
  },
  'delete: the latest of two, older is the latest then': async (t) => {
    await t.deploy({ 'p.bpmn': one('two', 'one') });
    const second = keyOf(await t.deploy({ 'p.bpmn': one('two', 'two') }));
    await t.deleteResource(second);
    await t.create('two');
    await t.create('two', { version: 2 });
    await t.deploy({ 'p.bpmn': one('two', 'one') });
    await t.deploy({ 'p.bpmn': one('two', 'three') });
  },
  'delete: the older of two': async (t) => {
    const first = keyOf(await t.deploy({ 'p.bpmn': one('old', 'one') }));
    await t.deploy({ 'p.bpmn': one('old', 'two') });
    await t.deleteResource(first);
    await t.create('old');
    await t.create('old', { version: 1 });
    await t.deploy({ 'p.bpmn': one('old', 'one') });
  },
  'delete: the middle of three, then the latest': async (t) => {
    const keys = [];
    for (const type of ['one', 'two', 'three'])
      keys.push(keyOf(await t.deploy({ 'p.bpmn': one('three', type) })));
    await t.deleteResource(keys[1]);
    await t.deleteResource(keys[2]);
    await t.create('three');
  },
  'delete: one process of a file with two': async (t) => {
    const answer = await t.deploy({ 'p.bpmn': file(part('pair-a'), part('pair-b')) });
    await t.deleteResource(keyOf(answer, 0));
    await t.create('pair-a');
    await t.create('pair-b');
    await t.deploy({ 'p.bpmn': file(part('pair-a'), part('pair-b')) });
  },
  'delete: with an instance that runs, then without': async (t) => {
    const key = keyOf(await t.deploy({ 'p.bpmn': one('busy', 'busy-work') }));
    await t.create('busy');
    await t.deleteResource(key);
    await t.work('busy-work');
    await t.deleteResource(key);
    await t.deleteResource(key);
  },
  'delete: unknown, key of a deployment, of an instance, zero, negative': async (t) => {
    const answer = await deployTask(t, 'keys');
    const instance = await t.create('keys');
    for (const key of [unknownKey, answer.key, instance, 0, -1]) await t.deleteResource(key);
  },
  'DeployProcess: one, two, a duplicate, a bad one, none': async (t) => {
    const deployProcess = (...processes) =>
      t.call('DeployProcess', {
        processes: processes.map(([name, text]) => ({ name, definition: bytes(text) })),
      });
    await deployProcess(['p.bpmn', one('dp-a')]);
    await deployProcess(['p.bpmn', one('dp-a')]);
    await deployProcess(['p.bpmn', one('dp-a', 'x')], ['q.bpmn', one('dp-b')]);
    await deployProcess(['p.bpmn', bpmn('bad', [pass('a')])]);
    await deployProcess(['p.txt', one('dp-c')]);
    await deployProcess();
    await t.create('dp-a');
  },
};
