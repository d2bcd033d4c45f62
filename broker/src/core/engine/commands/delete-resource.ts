// RESOURCE_DELETION.DELETE: removes one version of a process that has no running instances, or of a form (engine-semantics.md E.5).
import { keyText, NO_KEY, type ResourceDeletionValue } from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { acknowledge, distribute } from '../steps/distribution.ts';
import { giveBackStartSubscriptions } from '../steps/start-subscriptions.ts';

export const deleteResource: Processor<'RESOURCE_DELETION'> = (c, command) => {
  const { value } = command;
  const process = c.state.processes.byKey(value.resourceKey);
  const form = process === undefined ? c.state.forms.byKey(value.resourceKey) : undefined;
  const isDistributed = command.key !== NO_KEY && command.key !== value.resourceKey;
  const found = process ?? form;
  if (found === undefined) {
    c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to delete resource but no resource found with key \`${keyText(value.resourceKey)}\``,
    );
    if (isDistributed) acknowledge(c, command.key, 'RESOURCE_DELETION', 'DELETE');
    return;
  }
  if (!isDistributed && c.state.suspensions.isSuspended(value.resourceKey)) {
    // Partitions on which it waits for instances to end could not be told to resume them any more.
    const text = `Expected to delete resource with key \`${keyText(value.resourceKey)}\` but it is suspended; resume it first`;
    return c.out.reject(command, 'INVALID_STATE', text);
  }
  if (c.state.processes.runningInstances(value.resourceKey) > 0) {
    // A distributed deletion stays unacknowledged and is sent again until the instances have ended.
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to delete resource with key \`${keyText(value.resourceKey)}\` but there are still running instances`,
      { resourceKey: value.resourceKey, tenantId: found.tenantId },
    );
  }
  const eventKey = isDistributed ? command.key : c.keys.next();
  const deleting = c.out.event('RESOURCE_DELETION', 'DELETING', eventKey, value);
  c.out.answer(command.requestId, deleting);
  if (form === undefined) removeProcess(c, value);
  else c.out.event('FORM', 'DELETED', c.keys.next(), form);
  const { resourceKey } = value;
  c.out.event('RESOURCE_DELETION', 'DELETED', eventKey, {
    resourceKey,
    tenantId: found.tenantId,
  });
  if (isDistributed) acknowledge(c, command.key, 'RESOURCE_DELETION', 'DELETE');
  else distribute(c, eventKey, 'deployment', 'RESOURCE_DELETION', 'DELETE', value);
};

function removeProcess(c: Context, value: ResourceDeletionValue): void {
  const process = c.state.processes.byKey(value.resourceKey);
  if (process === undefined) return;
  // The records of the end do not carry the resource again.
  const gone = Object.assign({}, process, { resource: new Uint8Array(0) });
  c.out.event('PROCESS', 'DELETING', c.keys.next(), gone);
  giveBackStartSubscriptions(c, process);
  c.out.event('PROCESS', 'DELETED', c.keys.next(), gone);
}
