// The family of every kind of event that this release executes: a total table.
import type { EventKind } from '../model.ts';
import { compensation } from './compensation.ts';
import { conditional } from './conditional.ts';
import { error } from './error.ts';
import { escalation } from './escalation.ts';
import type { EventFamily } from './event-family.ts';
import { link } from './link.ts';
import { message } from './message.ts';
import { signal } from './signal.ts';
import { terminate } from './terminate.ts';
import { timer } from './timer.ts';

export const EVENTS: Readonly<Record<EventKind, EventFamily>> = {
  message,
  timer,
  signal,
  error,
  escalation,
  link,
  terminate,
  compensation,
  conditional,
};
