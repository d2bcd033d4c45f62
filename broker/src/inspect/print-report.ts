// A partition's report as text for people.

import type { LogReport, PartitionReport, Problem } from './inspect-messages.ts';
import type { LineSink } from './line-output.ts';

export function printReport(report: PartitionReport, out: LineSink): void {
  out.line(`partition ${report.partitionId}`);
  printLog(report.log, out);
  if (report.checkpoints.length === 0) out.line('  checkpoints none');
  for (const each of report.checkpoints) {
    const sound = each.intact ? 'intact' : 'DAMAGED';
    out.line(
      `  checkpoint  ${each.id} ${sound}: entry ${each.index}, position ${each.position}, ` +
        `${each.files} files, ${size(each.bytes)}`,
    );
  }
  const { state } = report;
  if (state !== undefined) {
    out.line(
      `  state       applied up to entry ${state.appliedIndex}, position ${state.lastPosition}, ` +
        `${state.keys} keys, ${size(state.bytes)}, last key counter ${state.keyCounter}`,
    );
  }
  for (const { from, index, keys, differing } of report.replays) {
    const found =
      differing === 0 ? `${keys} keys, all equal` : `${differing} of ${keys} keys DIFFER`;
    out.line(`  replay      from ${from} to entry ${index} against the live state: ${found}`);
  }
  for (const remark of report.remarks) out.line(`  note        ${remark}`);
  const { tornTail } = report.log;
  if (tornTail !== undefined) {
    out.line(
      `  note        torn tail, cut at the next start: ${place(tornTail)}: ${tornTail.text}`,
    );
  }
  for (const problem of report.problems) {
    out.line(`  DAMAGE      ${place(problem)}: ${problem.text}`);
  }
}

function printLog(log: LogReport, out: LineSink): void {
  if (log.segments === 0) {
    out.line('  log         none');
    return;
  }
  const kinds = Object.entries(log.entries).map(([kind, count]) => `${count} ${kind}`);
  out.line(`  log         ${log.segments} segments, ${size(log.bytes)}`);
  out.line(
    `  entries     ${log.firstIndex} to ${log.lastIndex} (${kinds.join(', ')}), ` +
      `terms ${log.firstTerm} to ${log.lastTerm}, known durable up to ${log.durableIndex}`,
  );
  if (log.records > 0) {
    const from = new Date(log.firstTime).toISOString();
    const to = new Date(log.lastTime).toISOString();
    out.line(
      `  records     ${log.records}, positions ${log.firstPosition} to ${log.lastPosition}, ${from} to ${to}`,
    );
  }
  for (const each of log.exporters) {
    out.line(`  exporter    ${each.exporterId} at position ${each.position}, entry ${each.index}`);
  }
}

function place({ file, offset }: Problem): string {
  return offset < 0 ? file : `${file}, offset ${offset}`;
}

function size(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes / 1e6)} MB`;
}
