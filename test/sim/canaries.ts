// Faults built into the product on purpose, one at a time, to show that the simulation finds such faults: each is a change of
// the source text while it is loaded, in the process of that simulation only. The product has no switch for any of them.
// Guarantees: a canary whose place is not found in the source any more is an error, not a silent pass.
// Leaves to others: running simulations with them (test/integration/canaries.test.ts, run-sim.ts).
import { registerHooks } from 'node:module';

export interface Canary {
  readonly name: string;
  /** What the product does wrong with it. */
  readonly what: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The kind of simulation that is to find it. */
  readonly kind: 'raft' | 'cluster';
}

export const CANARIES: readonly Canary[] = [
  {
    name: 'acknowledge-before-fsync',
    what: 'entries count as durable as soon as a sync of them has begun',
    file: 'raft/src/journal/segmented-journal.ts',
    find: 'this.#running = this.#segments.sync().then(',
    replace: 'this.#running = (this.#segments.sync().catch(() => {}), Promise.resolve()).then(',
    kind: 'raft',
  },
  {
    name: 'skip-term-check-on-commit',
    what: 'a leader commits entries of earlier terms by counting their copies (Raft paper, figure 8)',
    file: 'raft/src/core/replication.ts',
    find: 'if (agreed <= state.commitIndex || state.log.termAt(agreed) !== state.term) return false;',
    replace: 'if (agreed <= state.commitIndex) return false;',
    kind: 'raft',
  },
  {
    name: 'forget-the-vote',
    what: 'a vote is kept in memory only',
    file: 'raft/src/journal/vote-store.ts',
    find: '        savePage(disk, path, next);\n      } catch (error) {',
    replace: '        // not written\n      } catch (error) {',
    kind: 'raft',
  },
  {
    name: 'stale-reads',
    what: 'a leader answers a read without asking a majority whether it still leads',
    file: 'raft/src/core/reads.ts',
    find: 'if (isAlone(state)) {\n    answer(state, id, from, state.commitIndex, out);',
    replace: 'if (state.id >= 0) {\n    answer(state, id, from, state.commitIndex, out);',
    kind: 'raft',
  },
  {
    name: 'vote-for-shorter-logs',
    what: 'a voter does not compare the logs (Raft paper, 5.4.1)',
    file: 'raft/src/core/election.ts',
    find: 'return lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex);',
    replace: 'return log.lastIndex >= 0 && lastTerm >= 0 && lastIndex >= 0;',
    kind: 'raft',
  },
  {
    name: 'lost-folder-votes',
    what: 'a member whose data is gone votes at once as if it were a new one',
    file: 'raft/src/open-raft-node.ts',
    find: 'createRecord(options, disk, !isCleanSlate(options))',
    replace: 'createRecord(options, disk, false)',
    kind: 'raft',
  },
  {
    name: 'keep-overlay-at-step-down',
    what: 'a leader that steps down keeps the changes of turns that were not committed',
    file: 'broker/src/partition/open-partition.ts',
    find: '    db.dropUncommitted();\n    this.engine.forgetUncommitted(db.keyCounter);',
    replace: '    this.engine.forgetUncommitted(db.keyCounter);',
    kind: 'cluster',
  },
  {
    name: 'deduplicate-not-at-all',
    what: 'a request that is sent again is executed again',
    file: 'broker/src/partition/repeated-requests.ts',
    find: "if (sessionOf(requestId) === ALL_SESSIONS) return 'execute';",
    replace: "return 'execute';",
    kind: 'cluster',
  },
  {
    name: 'answer-before-commit',
    what: 'clients are answered when a turn is written, not when it is committed',
    file: 'broker/src/partition/open-partition.ts',
    find: 'sealed: (index, turn) => this.#gate.hold(index, turn),',
    replace: `sealed: (index, turn) => {
        this.#gate.hold(index, turn);
        for (const effect of turn.effects)
          if (effect.kind === 'answer') this.#gate.addAnswer(effect.requestId, effect.record);
        this.sendRepeatedAnswers();
      },`,
    kind: 'cluster',
  },
  {
    name: 'forget-the-key-counter',
    what: 'followers do not note how many keys are taken, and give them out again when they lead',
    file: 'broker/src/partition/apply-entry.ts',
    find: '  engine.keys.counter = keyCounter;\n  db.setMeta',
    replace: '  db.setMeta',
    kind: 'cluster',
  },
];

export function canaryOf(name: string): Canary {
  const canary = CANARIES.find((each) => each.name === name);
  if (canary !== undefined) return canary;
  throw new Error(
    `there is no canary ${name}; there are ${CANARIES.map((each) => each.name).join(', ')}`,
  );
}

/** From now on the file is loaded with its fault; to be called before anything of the product is loaded. */
export function plant({ file, find, replace }: Canary): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/${file}`)) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      if (!source.includes(find)) throw new Error(`${file} has no place for the canary: ${find}`);
      return { ...loaded, source: source.replace(find, () => replace) };
    },
  });
}
