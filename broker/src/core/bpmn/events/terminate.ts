// Terminate end events: have nothing of their own.
import { type EventFamily, NO_CATCH, NO_THROW } from './event-family.ts';

export const terminate: EventFamily = { ...NO_CATCH, ...NO_THROW, eventType: 'TERMINATE' };
