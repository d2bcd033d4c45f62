// Which configuration holds: the newest one in the log, committed or not (Raft paper, 6).
// Guarantees: an entry that is removed takes its configuration with it; the configuration of every entry from the newest
// checkpoint on can be told.
// Leaves to others: which changes are allowed (change-members.ts), the payload's bytes (configuration-codec.ts).
import type { EffectsDraft } from './effects.ts';
import { EntryKind } from './entry-kind.ts';
import type { EntryHead } from './messages.ts';
import { newProgress } from './progress.ts';
import { votingOf } from './quorum.ts';
import { isVoter, tellRole } from './roles.ts';
import type { Configuration, LogIndex, RaftState } from './state.ts';

/**
 * The configuration as of an entry: what the manifest of a checkpoint at that index must keep, because the log that holds it
 * may be compacted afterwards. Throws RangeError for an index below the oldest that is known.
 */
export function configurationAt(state: RaftState, index: LogIndex): Configuration {
  for (let at = state.configurations.length - 1; at >= 0; at--) {
    const configuration = state.configurations[at] as Configuration;
    if (configuration.index <= index) return configuration;
  }
  throw new RangeError(`The configuration at entry ${index} is not known any more.`);
}

/**
 * Entries were added to the log; what they say of the members holds at once. One at or below a configuration that came with a
 * checkpoint is older than it.
 */
export function addConfigurations(
  state: RaftState,
  entries: readonly EntryHead[],
  out: EffectsDraft,
): void {
  for (const { kind, index, configuration } of entries) {
    if (kind !== EntryKind.configuration || index <= state.configuration.index) continue;
    if (configuration === undefined) {
      throw new RangeError(`Entry ${index} is of kind configuration and comes without one.`);
    }
    const { members, oldMembers } = configuration;
    hold(state, [...state.configurations, { index, members, oldMembers }], out);
  }
}

/** Entries were removed from the end of the log: the configuration before them holds again. */
export function fallBack(state: RaftState, out: EffectsDraft): void {
  const { configurations, log } = state;
  if (state.configuration.index <= log.lastIndex || configurations.length === 1) return;
  hold(
    state,
    configurations.filter((c, at) => at === 0 || c.index <= log.lastIndex),
    out,
  );
}

/** A checkpoint took the place of the log. */
export function adoptConfiguration(
  state: RaftState,
  configuration: Configuration,
  out: EffectsDraft,
): void {
  hold(state, [configuration], out);
}

/** The log begins later: only the newest configuration before it is still of use. */
export function forgetConfigurations(state: RaftState): void {
  const { configurations, log } = state;
  const isOld = (c: Configuration | undefined) => c !== undefined && c.index < log.firstIndex;
  if (!isOld(configurations[1])) return;
  state.configurations = configurations.filter((_, at) => !isOld(configurations[at + 1]));
}

function hold(state: RaftState, configurations: readonly Configuration[], out: EffectsDraft): void {
  const configuration = configurations.at(-1) as Configuration;
  state.configurations = configurations;
  state.configuration = configuration;
  state.voting = votingOf(configuration);
  out.configured = configuration;
  if (state.leadership !== null) {
    const { progress } = state.leadership;
    for (const { id } of [...configuration.members, ...(configuration.oldMembers ?? [])]) {
      if (id !== state.id && !progress.has(id)) progress.set(id, newProgress(state.log.lastIndex));
    }
    return;
  }
  const role = isVoter(state, state.id) ? 'follower' : 'learner';
  if (role === state.role || (state.role !== 'follower' && state.role !== 'learner')) return;
  state.role = role;
  tellRole(state, out);
}
