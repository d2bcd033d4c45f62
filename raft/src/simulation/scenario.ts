// The language of the text scenarios: commands, and below four dashes what each must give.
// Guarantees: a scenario gives the same text in every run.
// Leaves to others: what the commands of a group (group-scenario.ts) and of a lone core (lone-scenario.ts) mean.
//
//   # a comment
//   command name=value name=value
//   ----
//   what it gives
//
// The first command of a scenario decides which of the two it is: `group` or `new`.
import { GroupScenario } from './group-scenario.ts';
import { LoneScenario } from './lone-scenario.ts';

/** The words of a command: those without a sign of equality, and the values by name. */
export interface Command {
  readonly words: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

/** Runs commands one after another. Each answers its output, at least one line. */
export interface Scenario {
  run(command: Command): string[];
}

/** The scenario's text with what its commands give now. */
export function rewritten(text: string): string {
  let scenario: Scenario | null = null;
  const out: string[] = [];
  let isExpectation = false;
  for (const line of text.split('\n')) {
    if (line === '') isExpectation = false;
    if (isExpectation) continue;
    out.push(line);
    if (line !== '----') continue;
    const command = parseCommand(out.at(-2) ?? '');
    scenario ??= command.words[0] === 'group' ? new GroupScenario() : new LoneScenario();
    out.push(...outputOf(scenario, command));
    isExpectation = true;
  }
  return out.join('\n');
}

function outputOf(scenario: Scenario, command: Command): string[] {
  try {
    return scenario.run(command);
  } catch (error) {
    return [`error ${(error as Error).message}`];
  }
}

function parseCommand(line: string): Command {
  const words: string[] = [];
  const values: Record<string, string> = {};
  for (const word of line.split(' ')) {
    const at = word.indexOf('=');
    if (at < 0) words.push(word);
    else values[word.slice(0, at)] = word.slice(at + 1);
  }
  return { words, values };
}

/** A list of numbers, as `1,2,3`. */
export function numbersOf(text: string | undefined): number[] {
  return text === undefined || text === '' ? [] : text.split(',').map(Number);
}
