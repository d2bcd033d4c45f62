// The broker's clock, where it is controlled: shown, pinned, moved, given back.
import type { ClockControl } from '../management-hooks.ts';
import {
  BadRequest,
  type Handler,
  type ManagementRequest,
  numberOf,
  type Routes,
} from '../route.ts';

/** Largest time that a Date can show, ms. */
const TIME_MS_MAX = 8.64e15;

export function clockRoutes(routes: Routes, clock: ClockControl | undefined): void {
  const controlled =
    (handler: (clock: ClockControl, request: ManagementRequest) => unknown): Handler =>
    async (request) => {
      if (clock === undefined) {
        const message = 'the clock is not controlled; set ZEEBE_CLOCK_CONTROLLED=true to allow it';
        return { status: 403, body: { status: 403, message } };
      }
      await handler(clock, request);
      const now = clock.now();
      return { status: 200, body: { epochMilli: now, instant: new Date(now).toISOString() } };
    };
  const show = controlled(() => {});
  const reset = controlled((each) => each.reset());
  const pin = controlled((each, request) => {
    const epochMs = numberOf(request, 'epochMilli');
    checkTime(epochMs);
    return each.pin(epochMs);
  });
  const add = controlled((each, request) => {
    const offset = numberOf(request, 'offsetMilli');
    checkTime(each.now() + offset);
    return each.add(offset);
  });
  routes.set('GET', '/actuator/clock', show);
  routes.set('DELETE', '/actuator/clock', reset);
  routes.set('POST', '/actuator/clock/pin', pin);
  routes.set('POST', '/actuator/clock/add', add);
}

function checkTime(epochMs: number): void {
  if (epochMs < 0 || epochMs > TIME_MS_MAX) {
    throw new BadRequest(`the time ${epochMs} is out of range (0 to ${TIME_MS_MAX})`);
  }
}
