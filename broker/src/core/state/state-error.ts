// What can go wrong in the state, and whose fault it is.

/**
 * A broken promise between the engine and the state: an insert of what is there, an update of what is not. Never caused
 * by a client's input alone.
 */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/**
 * The store below could not be read, or holds what no codec reads. No command is to blame: nothing may be rejected or
 * banned for it, the partition stops.
 */
export class StoreReadError extends Error {
  override readonly name = 'StoreReadError';
}
