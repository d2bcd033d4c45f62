// Anonymous resident memory: what LevelDB maps of its files is no cost and does not count.
import { readFileSync } from 'node:fs';

/** MB of RssAnon of a process (Linux); 0 where it cannot be read. */
export function anonymousMb(pid: number | 'self'): number {
  try {
    const kb = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kb) / 102.4) / 10;
  } catch {
    return 0;
  }
}
