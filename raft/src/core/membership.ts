// Which configuration holds where.
// Guarantees: the configuration of every committed entry from the newest checkpoint on can be told.
// Leaves to others: the payload's bytes (configuration-codec.ts).
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
