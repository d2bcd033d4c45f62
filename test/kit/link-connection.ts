// One TCP connection that goes through a proxy: each direction passes, waits or crawls by a rule that may change at any time.
//
// Guarantees: the end of one side reaches the other one behind all bytes that came before it, and by the same rule: a process
// that dies behind a cut link is not noticed through it. What waits is bounded: then the sender is read no more.
// Leaves to others: who the two sides are, and the rules.
import type { Socket } from 'node:net';
import { type Cancel, systemTimers } from '@millrace/raft';
import type { LinkRule } from './link-rule.ts';

/** Bytes that wait in one direction, beyond which its source is not read. */
const waitingBytesMax = 256 * 1024;

interface Piece {
  /** null: the source has ended. */
  readonly bytes: Buffer | null;
  readonly arrivedMs: number;
}

/** One direction. */
class Lane {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #rule: () => LinkRule;
  #waiting: Piece[] = [];
  #waitingBytes = 0;
  /** When the last byte that was passed on has gone over a link of limited width, ms. */
  #busyUntilMs = 0;
  #cancel: Cancel = () => {};
  #isBlocked = false;

  constructor(source: Socket, target: Socket, rule: () => LinkRule) {
    this.#source = source;
    this.#target = target;
    this.#rule = rule;
    source.on('data', (bytes: Buffer) => this.#add(bytes));
    // Whatever an error is, the end that follows it is what the other side sees.
    source.on('error', () => {});
    source.on('close', () => this.#add(null));
    target.on('drain', () => {
      this.#isBlocked = false;
      this.pump();
    });
  }

  #add(bytes: Buffer | null): void {
    this.#waiting.push({ bytes, arrivedMs: systemTimers.monotonicMs() });
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingBytes > waitingBytesMax) this.#source.pause();
    this.pump();
  }

  /** Passes on what the rule allows at this moment. */
  pump(): void {
    this.#cancel();
    while (!this.#isBlocked) {
      const piece = this.#waiting[0];
      if (piece === undefined || this.#target.destroyed) return;
      const dueMs = this.#dueMs(piece);
      if (dueMs === undefined) return;
      const restMs = dueMs - systemTimers.monotonicMs();
      if (restMs > 0) {
        this.#cancel = systemTimers.after(restMs, () => this.pump());
        return;
      }
      this.#waiting.shift();
      this.#pass(piece);
    }
  }

  /** When the piece may go on; undefined while the link is cut. */
  #dueMs({ arrivedMs }: Piece): number | undefined {
    const rule = this.#rule();
    if (rule.kind === 'cut') return undefined;
    if (rule.kind === 'open') return 0;
    return Math.max(arrivedMs + rule.delayMs, this.#busyUntilMs);
  }

  #pass({ bytes }: Piece): void {
    if (bytes === null) {
      this.#target.destroy();
      return;
    }
    this.#waitingBytes -= bytes.length;
    const rule = this.#rule();
    if (rule.kind === 'slow') {
      const now = systemTimers.monotonicMs();
      const takesMs = (bytes.length * 1000) / rule.bytesPerSecond;
      this.#busyUntilMs = Math.max(now, this.#busyUntilMs) + takesMs;
    }
    if (!this.#target.write(bytes)) this.#isBlocked = true;
    if (this.#waitingBytes <= waitingBytesMax) this.#source.resume();
  }

  stop(): void {
    this.#cancel();
    this.#waiting = [];
  }
}

export class LinkConnection {
  readonly #sockets: readonly [Socket, Socket];
  readonly #lanes: readonly [Lane, Lane];

  /** @param rules of the bytes from `dialling` to `accepting`, and of those that come back */
  constructor(
    dialling: Socket,
    accepting: Socket,
    rules: { readonly forth: () => LinkRule; readonly back: () => LinkRule },
  ) {
    dialling.setNoDelay(true);
    accepting.setNoDelay(true);
    this.#sockets = [dialling, accepting];
    this.#lanes = [
      new Lane(dialling, accepting, rules.forth),
      new Lane(accepting, dialling, rules.back),
    ];
  }

  /** A rule is another one than before. */
  ruleChanged(): void {
    for (const lane of this.#lanes) lane.pump();
  }

  /** Calls back when both sides are closed. */
  onEnd(callback: () => void): void {
    let open = this.#sockets.length;
    for (const socket of this.#sockets)
      socket.once('close', () => {
        open--;
        if (open === 0) callback();
      });
  }

  destroy(): void {
    for (const lane of this.#lanes) lane.stop();
    for (const socket of this.#sockets) socket.destroy();
  }
}
