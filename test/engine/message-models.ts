// Message events for models of engine tests, and what clients do with messages.
import { Document, type Key, type LogRecord, type MessageValue, NO_KEY } from '@millrace/protocol';
import type { ModelNode } from './models.ts';
import type { Scenario } from './scenario.ts';

const quoted = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Declares a message; its id is `message-` and its name unless another is given. */
export function message(name: string, correlationKey = '', id = `message-${name}`): string {
  const key = `<zeebe:subscription correlationKey="${quoted(correlationKey)}"/>`;
  const extensions = correlationKey === '' ? '' : `<extensionElements>${key}</extensionElements>`;
  return `<message id="${id}" name="${quoted(name)}">${extensions}</message>`;
}

const node = (tag: string, id: string, inside: string, attributes = ''): ModelNode => ({
  tag,
  id,
  attributes,
  extensions: '',
  inside,
});

const definition = (messageId: string) => `<messageEventDefinition messageRef="${messageId}"/>`;

export const waitFor = (id: string, messageId = `message-${id}`): ModelNode =>
  node('intermediateCatchEvent', id, definition(messageId));
export const startOn = (id: string, messageId = `message-${id}`): ModelNode =>
  node('startEvent', id, definition(messageId));
export const leaveOn = (id: string, attachedTo: string, messageId = `message-${id}`): ModelNode =>
  node('boundaryEvent', id, definition(messageId), ` attachedToRef="${attachedTo}"`);
export const noteOn = (id: string, attachedTo: string, messageId = `message-${id}`): ModelNode =>
  node(
    'boundaryEvent',
    id,
    definition(messageId),
    ` attachedToRef="${attachedTo}" cancelActivity="false"`,
  );

export interface Publication extends Partial<Omit<MessageValue, 'variables'>> {
  readonly variables?: string;
}

export function publish(
  engine: Scenario,
  name: string,
  correlationKey: string,
  { variables = '{}', ...others }: Publication = {},
): LogRecord | undefined {
  return engine.run('MESSAGE', 'PUBLISH', NO_KEY, {
    name,
    correlationKey,
    timeToLive: 0,
    deadline: -1,
    messageId: '',
    tenantId: '<default>',
    ...others,
    variables: new Document(variables),
  });
}

/** `VALUE_TYPE.INTENT` of everything about messages since the mark, rejections with their reason. */
export function messageStory(records: readonly LogRecord[], from = 0): string[] {
  return records
    .slice(from)
    .filter((r) => r.recordType !== 'COMMAND' && r.valueType.includes('MESSAGE'))
    .map((r) => {
      const short = SHORT[r.valueType] ?? r.valueType;
      return r.recordType === 'EVENT' ? `${short} ${r.intent}` : `${short} ${r.intent} refused`;
    });
}

const SHORT: Readonly<Record<string, string>> = {
  MESSAGE: 'message',
  MESSAGE_BATCH: 'batch',
  MESSAGE_SUBSCRIPTION: 'there',
  PROCESS_MESSAGE_SUBSCRIPTION: 'here',
  MESSAGE_START_EVENT_SUBSCRIPTION: 'start',
};

/** How often each element with this id was completed in all engines. */
export function completions(engines: readonly Scenario[], elementId: string): Key[] {
  return engines.flatMap((engine) =>
    engine.records
      .filter(
        (r) =>
          r.valueType === 'PROCESS_INSTANCE' &&
          r.intent === 'ELEMENT_COMPLETED' &&
          (r.value as { elementId: string }).elementId === elementId,
      )
      .map((r) => r.key),
  );
}
