// What stopped a start, for people: names the thing and the remedy.

interface SystemError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

/** What is started. */
export type Program = 'broker' | 'gateway';

const OTHER_PORTS: Readonly<Record<Program, string>> = {
  broker: 'move all ports with ZEEBE_BROKER_NETWORK_PORTOFFSET (ten for each one)',
  gateway:
    'choose other ones with ZEEBE_GATEWAY_NETWORK_PORT, ZEEBE_GATEWAY_CLUSTER_PORT and MANAGEMENT_SERVER_PORT',
};
const OTHER_HOST: Readonly<Record<Program, string>> = {
  broker: 'ZEEBE_BROKER_NETWORK_HOST',
  gateway: 'ZEEBE_GATEWAY_NETWORK_HOST and ZEEBE_GATEWAY_CLUSTER_HOST',
};

/** Errors of listening by code; others speak for themselves. */
const LISTENING: Readonly<Record<string, (place: string, program: Program) => string>> = {
  EADDRINUSE: (place, program) =>
    `another program listens on ${place}; end it, or ${OTHER_PORTS[program]}`,
  EADDRNOTAVAIL: (place, program) =>
    `${place} is no address of this machine; set ${OTHER_HOST[program]} to one that is`,
  EACCES: (place) =>
    `this user may not listen on ${place}; choose a port above 1023 or give the permission`,
};

/** One line about an error that ended a start. */
export function startProblem(error: Error, program: Program = 'broker'): string {
  const { code, address, port, message } = error as SystemError;
  if (port === undefined) return message;
  return LISTENING[code ?? '']?.(`${address}:${port}`, program) ?? message;
}
