// What stopped a start, for people: names the thing and the remedy.

interface SystemError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Errors of listening by code; others speak for themselves. */
const LISTENING: Readonly<Record<string, (place: string) => string>> = {
  EADDRINUSE: (place) =>
    `another program listens on ${place}; end it, or move all ports with ZEEBE_BROKER_NETWORK_PORTOFFSET (ten for each one)`,
  EADDRNOTAVAIL: (place) =>
    `${place} is no address of this machine; set ZEEBE_BROKER_NETWORK_HOST to one that is`,
  EACCES: (place) =>
    `this user may not listen on ${place}; choose a port above 1023 or give the permission`,
};

/** One line about an error that ended a start. */
export function startProblem(error: Error): string {
  const { code, address, port, message } = error as SystemError;
  if (port === undefined) return message;
  return LISTENING[code ?? '']?.(`${address}:${port}`) ?? message;
}
