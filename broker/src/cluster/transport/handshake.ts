// What two processes tell each other before anything else, as bytes, and how it is read from a stranger.
// Guarantees: what is out of form is refused with words, never trusted; unknown fields are ignored, so that a later
//   release may tell more.
// Leaves to others: whether the other one is welcome (admission.ts).
//
// Dialling side: prelude, hello. Accepting side: prelude, hello or refuse. Dialling side: ready or refuse.
import { FrameKind, ownFrame, preludeOf, type Versions } from './frame-format.ts';
import type { PeerHello } from './transport.ts';

/** A hello with what concerns the transport alone. */
export interface Greeting extends PeerHello {
  readonly clusterName: string;
  /** A name drawn at random when the process began: tells a process from another one with the same settings. */
  readonly instance: string;
}

export const refusalCodes = [
  'version',
  'cluster-name',
  'same-process',
  'member-id-taken',
  'session-taken',
  'connected-already',
  'too-many',
  'malformed',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** For the logs of both sides: what is wrong, and the remedy. */
  readonly text: string;
}

const textCharactersMax = 1_000;
const nameCharactersMax = 256;

export function greetingBytes(versions: Versions, greeting: Greeting): Buffer {
  const hello = Buffer.from(JSON.stringify(greeting));
  return Buffer.concat([
    preludeOf(versions.lowest, versions.highest),
    ownFrame(FrameKind.hello, hello),
  ]);
}

export function refusalFrame(refusal: Refusal): Buffer {
  const text = refusal.text.slice(0, textCharactersMax);
  return ownFrame(FrameKind.refuse, Buffer.from(JSON.stringify({ code: refusal.code, text })));
}

/** @returns what the other side says about itself; a text when a field is missing or impossible */
export function readGreeting(payload: Buffer): Greeting | string {
  const fields = readObject(payload);
  if (fields === null) return 'its hello is not JSON';
  const { memberId, kind, nodeId, session, release, logVersion, clusterName, instance } = fields;
  const advertised = readAddress(fields.advertised);
  if (!isName(memberId)) return 'its memberId is missing';
  if (kind !== 'broker' && kind !== 'gateway') return 'its kind is neither broker nor gateway';
  if (!isWhole(nodeId, -1, 2 ** 31)) return 'its nodeId is no number';
  if (!isWhole(session, 0, 2 ** 24 - 1)) return 'its session is no number of 24 bits';
  if (advertised === null) return 'its advertised address is missing';
  if (!isName(release)) return 'its release is missing';
  if (!isWhole(logVersion, 0, 2 ** 31)) return 'its logVersion is no number';
  if (!isName(clusterName)) return 'its clusterName is missing';
  if (!isName(instance)) return 'its instance is missing';
  return {
    ...{ memberId, kind, nodeId, session, advertised, release, logVersion },
    ...{ clusterName, instance },
  };
}

export function readRefusal(payload: Buffer): Refusal {
  const fields = readObject(payload);
  const code = refusalCodes.find((known) => known === fields?.code) ?? 'malformed';
  const text = typeof fields?.text === 'string' ? fields.text : 'without a reason';
  return { code, text: text.slice(0, textCharactersMax) };
}

/** Somebody else's member id and address. */
export interface KnownAddress {
  readonly memberId: string;
  readonly host: string;
  readonly port: number;
}

const addressesMax = 256;
const addressesBytesMax = 48 * 1024;

/** As many of them as fit in one frame. */
export function addressesFrame(known: readonly KnownAddress[]): Buffer {
  const list: KnownAddress[] = [];
  let bytes = 0;
  for (const { memberId, host, port } of known.slice(0, addressesMax)) {
    bytes += Buffer.byteLength(JSON.stringify({ memberId, host, port })) + 1;
    if (bytes <= addressesBytesMax) list.push({ memberId, host, port });
  }
  return ownFrame(FrameKind.addresses, Buffer.from(JSON.stringify({ list })));
}

/** The entries that are in form. */
export function readAddresses(payload: Buffer): readonly KnownAddress[] {
  const list = readObject(payload)?.list;
  if (!Array.isArray(list)) return [];
  return list.slice(0, addressesMax).flatMap((entry: unknown) => {
    const address = readAddress(entry);
    const memberId = (entry as { memberId?: unknown } | null)?.memberId;
    return address !== null && isName(memberId) ? [{ memberId, ...address }] : [];
  });
}

function readObject(payload: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // not JSON: the callers have words for it
  }
}

function readAddress(value: unknown): { host: string; port: number } | null {
  const { host, port } = (value ?? {}) as { host?: unknown; port?: unknown };
  return isName(host) && isWhole(port, 1, 65_535) ? { host, port } : null;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= nameCharactersMax;
}

function isWhole(value: unknown, from: number, to: number): value is number {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}
