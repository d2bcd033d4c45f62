// The rejection reason of a deployment, out of what is wrong with its resources.

/** The whole reason: one message for each faulty resource, in the order in which they were given. */
export const rejectionOf = (messages: readonly string[]): string =>
  `Expected to deploy new resources, but encountered the following errors:${messages
    .map((message) => `\n${message}`)
    .join('')}`;

/** The message for a resource whose name has no known suffix (`.bpmn`, `.xml`; case matters). */
export const unknownResourceType = (resourceName: string): string =>
  `\n'${resourceName}': unknown resource type`;

/** The message for a process id that two resources of one deployment define. */
export const duplicateProcessId = (first: string, second: string): string =>
  `Duplicated process id in resources '${first}' and '${second}'`;

/** Whether a resource of this name is BPMN. */
export const isBpmnResource = (resourceName: string): boolean =>
  resourceName.endsWith('.bpmn') || resourceName.endsWith('.xml');
