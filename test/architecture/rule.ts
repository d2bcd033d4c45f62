// What a rule of the house is: a check over the repository, a remedy, and two examples that show where it bites.
import type { Repository } from './repository.ts';

export interface Rule {
  /** What must hold, in a few words. */
  readonly name: string;
  /** What to do instead; part of every message. */
  readonly remedy: string;
  check(repository: Repository): readonly Finding[];
  /** Files that keep the rule, and files that break it: path to text. */
  readonly keeps: Readonly<Record<string, string>>;
  readonly breaks: Readonly<Record<string, string>>;
}

export interface Finding {
  /** `file` or `file:line`. */
  readonly at: string;
  readonly what: string;
}

/** The message of a finding: where, what, and what to do about it. */
export function describeFinding(rule: Rule, finding: Finding): string {
  return `${finding.at}: ${finding.what}. ${rule.remedy}`;
}
