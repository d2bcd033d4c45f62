// Lines to standard output for programs that may print millions of them: waits when the reader is slow, and stops in silence
// when the reader has seen enough (`| head`).

const CHUNK_CHARS = 64 * 1024;

export interface LineSink {
  line(text: string): void;
  /** Whether the reader has gone: nothing more need be made. */
  readonly isClosed: boolean;
  /** Resolves when what was printed has left, so that memory stays bounded. */
  settle(): Promise<void>;
}

export class LineOutput implements LineSink {
  readonly #stream: NodeJS.WritableStream;
  #text = '';
  #closed = false;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    stream.on('error', this.#failed);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  line(text: string): void {
    this.#text += `${text}\n`;
  }

  async settle(): Promise<void> {
    if (this.#text.length >= CHUNK_CHARS) await this.#write();
  }

  /** Prints the rest and lets go of the stream. */
  async end(): Promise<void> {
    await this.#write();
    this.#stream.off('error', this.#failed);
  }

  #write(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (this.#closed || text === '') return Promise.resolve();
    return new Promise((resolve) => this.#stream.write(text, () => resolve()));
  }

  readonly #failed = (): void => {
    this.#closed = true;
  };
}
