// How one kind of event changes the state. Pure: the event and the state, nothing else. Versioned and frozen once released.
import type { LogRecord, ValueType } from '@millrace/protocol';
import type { EngineState } from './state/engine-state.ts';

export type Applier<T extends ValueType> = (record: LogRecord<T>, state: EngineState) => void;
