// How far one exporter has got on one partition: what was handed to it, and what of that it has acknowledged.
//
// An exporter acknowledges positions of records that it was given. Records that its filter drops count as acknowledged as
// soon as everything before them is. The index lags behind the position to the last entry that is acknowledged whole.

const BATCHES_MAX = 4096;

interface Handed {
  index: number;
  position: number;
  /** The last record that the exporter was given; acknowledging it acknowledges the whole batch. */
  wantedPosition: number;
}

export class PositionTracker {
  /** Every record up to here is acknowledged. */
  position: number;
  /** Every log entry up to here is acknowledged whole. */
  index: number;
  /** Every record up to here was handed over or dropped by the filter. */
  handedPosition: number;
  #open: Handed[] = [];

  constructor(position: number, index: number) {
    this.position = position;
    this.index = index;
    this.handedPosition = position;
  }

  /**
   * Notes a batch before it is handed over.
   * @param index of its last log entry
   * @param position of the last record in it; -1 when it holds none
   * @param wantedPosition of the last record that the filter lets through; -1 when it drops all
   */
  handed(index: number, position: number, wantedPosition: number): void {
    const upTo = Math.max(position, this.handedPosition);
    this.handedPosition = upTo;
    const last = this.#open.at(-1);
    if (last !== undefined && (wantedPosition < 0 || this.#open.length >= BATCHES_MAX)) {
      last.index = index;
      last.position = upTo;
      last.wantedPosition = Math.max(last.wantedPosition, wantedPosition);
    } else if (wantedPosition < 0) {
      this.index = index;
      this.position = upTo;
    } else {
      this.#open.push({ index, position: upTo, wantedPosition });
    }
  }

  /** Positions that were never handed over, and lower ones than before, change nothing. */
  acknowledge(position: number): void {
    let done = 0;
    for (const batch of this.#open) {
      if (batch.wantedPosition > position) break;
      this.index = batch.index;
      this.position = batch.position;
      done++;
    }
    this.#open.splice(0, done);
    const first = this.#open[0];
    if (first !== undefined && position > this.position) this.position = position;
  }

  /** Forgets what was handed over and not acknowledged: it will be handed over again. */
  rewind(): void {
    this.#open = [];
    this.handedPosition = this.position;
  }
}
