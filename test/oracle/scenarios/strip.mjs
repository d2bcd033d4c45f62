// Takes the commands out of recorded scenarios: the runner shows them when it records but does not compare them.
import { readFileSync, writeFileSync } from 'node:fs';

const lines = (list) => list.map((each) => JSON.stringify(each)).join(',\n');
for (const file of process.argv.slice(2)) {
  const scenarios = Object.entries(JSON.parse(readFileSync(file, 'utf8'))).map(
    ([name, { answers, records }]) => {
      const outcomes = records.filter((record) => record.recordType !== 'COMMAND');
      return `${JSON.stringify(name)}: {"answers": [\n${lines(answers)}\n], "records": [\n${lines(outcomes)}\n]}`;
    },
  );
  writeFileSync(file, `{\n${scenarios.join(',\n')}\n}\n`);
}
