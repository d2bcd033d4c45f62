// Reads every checkpoint of a partition whole and compares it with its manifest.
import { existsSync, readdirSync } from 'node:fs';
import { CheckpointStore, nodeDisk } from '@millrace/raft';
import type { CheckpointReport, Problem } from './inspect-messages.ts';

export interface CheckpointsFound {
  readonly checkpoints: readonly CheckpointReport[];
  readonly problems: readonly Problem[];
  readonly remarks: readonly string[];
}

/** Changes nothing: leftovers of interrupted checkpoints stay and are only mentioned. */
export async function inspectCheckpoints(dir: string): Promise<CheckpointsFound> {
  const checkpoints: CheckpointReport[] = [];
  const problems: Problem[] = [];
  const remarks: string[] = [];
  if (!existsSync(dir)) return { checkpoints, problems, remarks };
  const store = new CheckpointStore(nodeDisk, dir);
  const known = new Map(store.list().map((each) => [each.id, each.manifest]));
  for (const name of readdirSync(dir).sort()) {
    if (!/^\d+-\d+$/.test(name)) {
      remarks.push(
        `${dir}/${name} was left by an interrupted checkpoint; the next start removes it`,
      );
      continue;
    }
    let intact = true;
    try {
      await store.verify(name);
    } catch (error) {
      intact = false;
      const text = error instanceof Error ? error.message : String(error);
      problems.push({ file: `${dir}/${name}`, offset: -1, text });
    }
    const manifest = known.get(name);
    checkpoints.push({
      id: name,
      index: manifest?.index ?? Number(name.split('-')[0]),
      position: manifest?.position ?? -1,
      files: manifest?.files.length ?? 0,
      bytes: manifest?.files.reduce((sum, file) => sum + file.size, 0) ?? 0,
      intact,
    });
  }
  checkpoints.sort((a, b) => a.index - b.index);
  return { checkpoints, problems, remarks };
}
