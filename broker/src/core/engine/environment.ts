// What the engine may know of the world outside the log. It is only asked while a command is processed, never in replay:
// whatever follows from it stands in the events.

/** A stream of a worker that can take one more job. */
export interface JobStream {
  readonly streamId: number;
  readonly worker: string;
  /** ms */
  readonly timeout: number;
  readonly fetchVariables: readonly string[];
}

export interface Environment {
  /** Whether any worker has a stream for jobs of this type and tenant. */
  hasStream(type: string, tenantId: string): boolean;
  /** Takes one place of a stream; undefined when none has room. */
  takeStream(type: string, tenantId: string): JobStream | undefined;
  /** Gives a place back: the command that took it was undone. */
  returnStream(streamId: number): void;
}

/** No streams: tests and replay. */
export const NO_STREAMS: Environment = {
  hasStream: () => false,
  takeStream: () => undefined,
  returnStream: () => {},
};
