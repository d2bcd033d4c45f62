// A broken promise between the engine and the state: an insert of what is there, an update of what is not, a value
// that no codec reads. Never caused by a client's input alone.

export class StateError extends Error {
  override readonly name = 'StateError';
}
