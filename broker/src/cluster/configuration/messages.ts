// What brokers say to each other about the configuration: JSON, for it is small and rare and read by people in traces.
// Guarantees: what was encoded is decoded equal; anything else is refused with a reason, never half read.
// Leaves to others: the frames that carry it, and what is done about it (cluster-configuration-keeper.ts).
import type { AcceptorAnswer, Ballot } from './core/agreement.ts';
import { canonicalText } from './core/canonical-text.ts';
import type { ChangeRegister, ClusterConfiguration } from './core/cluster-configuration.ts';
import type { ClusterAnswer, ClusterRequest } from './core/cluster-request.ts';

export type ConfigurationMessage =
  /** The sender's copy. */
  | { readonly kind: 'gossip'; readonly configuration: ClusterConfiguration }
  /** The sender has none and asks for one. */
  | { readonly kind: 'ask' }
  /** The answer of one who has none either. */
  | { readonly kind: 'none' }
  /** Both phases of a decision carry the asker's copy, so that the asked knows the version before it. */
  | {
      readonly kind: 'prepare';
      readonly configuration: ClusterConfiguration;
      readonly version: number;
      readonly ballot: Ballot;
    }
  | {
      readonly kind: 'accept';
      readonly configuration: ClusterConfiguration;
      readonly ballot: Ballot;
      readonly register: ChangeRegister;
    }
  | {
      readonly kind: 'vote';
      readonly version: number;
      readonly ballot: Ballot;
      readonly answer: AcceptorAnswer;
      /** So that an asker who is behind catches up. */
      readonly configuration: ClusterConfiguration;
    }
  /** Is this version the newest? */
  | {
      readonly kind: 'check';
      readonly id: number;
      readonly version: number;
      readonly configuration: ClusterConfiguration;
    }
  | {
      readonly kind: 'checked';
      readonly id: number;
      readonly isNewest: boolean;
      readonly configuration: ClusterConfiguration;
    }
  /** An operator's request, on its way to the broker that decides it. */
  | { readonly kind: 'request'; readonly id: number; readonly request: ClusterRequest }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ClusterAnswer };

/** Bytes that are no message, or one of a release that says things differently. */
export class MessageError extends Error {}

const FORMAT = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Equal messages have equal bytes, so that a copy that is known already can be told from its bytes. */
export function encodeMessage(message: ConfigurationMessage): Uint8Array {
  return encoder.encode(canonicalText({ format: FORMAT, ...message }));
}

/** @throws MessageError */
export function decodeMessage(bytes: Uint8Array): ConfigurationMessage {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new MessageError('a message about the configuration is not JSON');
  }
  if (!isObject(value)) throw new MessageError('a message about the configuration is no object');
  const { format, ...message } = value;
  if (format !== FORMAT) {
    throw new MessageError(`a message about the configuration has the unknown format ${format}`);
  }
  const check = checks[message.kind as ConfigurationMessage['kind']];
  if (check === undefined) throw new MessageError(`a message has the unknown kind ${message.kind}`);
  if (!check(message)) throw new MessageError(`a message of the kind ${message.kind} is damaged`);
  return message as unknown as ConfigurationMessage;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);

const checks: { readonly [K in ConfigurationMessage['kind']]: (message: Fields) => boolean } = {
  gossip: ({ configuration }) => isConfiguration(configuration),
  ask: () => true,
  none: () => true,
  prepare: ({ configuration, version, ballot }) =>
    isConfiguration(configuration) && isNumber(version) && isBallot(ballot),
  accept: ({ configuration, ballot, register }) =>
    isConfiguration(configuration) && isBallot(ballot) && isRegister(register),
  vote: ({ version, ballot, answer, configuration }) =>
    isNumber(version) && isBallot(ballot) && isObject(answer) && isConfiguration(configuration),
  check: ({ id, version, configuration }) =>
    isNumber(id) && isNumber(version) && isConfiguration(configuration),
  checked: ({ id, isNewest, configuration }) =>
    isNumber(id) && typeof isNewest === 'boolean' && isConfiguration(configuration),
  request: ({ id, request }) => isNumber(id) && isObject(request),
  answer: ({ id, answer }) => isNumber(id) && isObject(answer),
};

function isBallot(value: unknown): boolean {
  return isObject(value) && isNumber(value.round) && isNumber(value.member);
}

function isRegister(value: unknown): boolean {
  return isObject(value) && isNumber(value.version) && Array.isArray(value.voters);
}

function isConfiguration(value: unknown): boolean {
  if (!isRegister(value) || !isObject(value)) return false;
  const { clusterId, members, routing } = value;
  if (typeof clusterId !== 'string' || !isObject(routing) || !isNumber(routing.version))
    return false;
  return (
    Array.isArray(members) &&
    members.every(
      (member) =>
        isObject(member) &&
        isNumber(member.id) &&
        isNumber(member.version) &&
        Array.isArray(member.replicas),
    )
  );
}
