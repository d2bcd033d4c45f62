// Records what a reference broker says to the models of all `*.cases.mjs`, into verdicts.golden.json.
//   node record.mjs ORACLE ADDRESS        ORACLE: the oracle folder with its node_modules; ADDRESS: gRPC, host and port
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [oracle, address] = process.argv.slice(2);
const require = createRequire(join(oracle, 'run.mjs'));
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const proto = join(require.resolve('@camunda8/sdk/package.json'), '../dist/proto/zeebe.proto');
const { Gateway } = grpc.loadPackageDefinition(loader.loadSync(proto)).gateway_protocol;
const client = new Gateway(address, grpc.credentials.createInsecure());

const PREFIX = /^Command 'CREATE' rejected with code 'INVALID_ARGUMENT': Expected to deploy .*:\n/;
const verdict = (xml) =>
  new Promise((resolve) => {
    const resources = [{ name: 'x.bpmn', content: Buffer.from(xml) }];
    client.deployResource({ resources }, (error) =>
      resolve(error ? error.details.replace(PREFIX, '').trim() : 'deployed'),
    );
  });

const golden = {};
const folder = import.meta.dirname;
for (const name of readdirSync(folder).filter((file) => file.endsWith('.cases.mjs'))) {
  const { cases } = await import(join(folder, name));
  const verdicts = {};
  for (const [title, xml] of Object.entries(cases)) {
    const text = await verdict(xml);
    // The order of an element's children, which some models have wrong, is not checked here.
    if (!text.includes('cvc-complex-type.2.4')) verdicts[title] = text;
  }
  golden[name.replace('.cases.mjs', '')] = verdicts;
}
writeFileSync(join(folder, 'verdicts.golden.json'), `${JSON.stringify(golden, null, 1)}\n`);
client.close();
