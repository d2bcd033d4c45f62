// How documents become variables (engine-semantics.md F): into one scope, or upward to where names are known.
//
// The entries of a document are visited from the last to the first, like everything else that the reference takes from a file.
import {
  type DocumentEntry,
  type Key,
  NO_KEY,
  type ProcessInstanceValue,
} from '@millrace/protocol';
import type { Context } from '../context.ts';

/** Creates or updates the variable of this very scope. An equal value writes nothing. */
export function setLocal(
  c: Context,
  of: ProcessInstanceValue,
  scopeKey: Key,
  entry: DocumentEntry,
): void {
  const known = c.state.variables.local(scopeKey, entry.name);
  if (known !== undefined && known.json === entry.json) return;
  const value = {
    name: entry.name,
    value: entry.json,
    scopeKey,
    processInstanceKey: of.processInstanceKey,
    processDefinitionKey: of.processDefinitionKey,
    bpmnProcessId: of.bpmnProcessId,
    tenantId: of.tenantId,
  };
  if (known === undefined) c.out.event('VARIABLE', 'CREATED', c.keys.next(), value);
  else c.out.event('VARIABLE', 'UPDATED', known.key, value);
  if (!c.state.conditions.any) return;
  const kind = known === undefined ? 'create' : 'update';
  c.changes.push({ scopeKey, name: entry.name, kind });
}

/** Sets all entries on one scope. */
export function mergeLocal(
  c: Context,
  of: ProcessInstanceValue,
  scopeKey: Key,
  entries: readonly DocumentEntry[],
): void {
  for (let i = entries.length - 1; i >= 0; i--)
    setLocal(c, of, scopeKey, entries[i] as DocumentEntry);
}

/**
 * Starts at a scope: whatever name it or a scope above has is updated there; what is left goes to the process instance.
 * A name that is found with an equal value is looked for further up, as the reference does (engine-semantics.md F).
 */
export function mergePropagating(
  c: Context,
  of: ProcessInstanceValue,
  scopeKey: Key,
  entries: readonly DocumentEntry[],
): void {
  let rest = entries;
  let scope = scopeKey;
  for (;;) {
    const parent = c.state.variables.parentOf(scope);
    if (parent === NO_KEY) break;
    const left: DocumentEntry[] = [];
    for (let i = rest.length - 1; i >= 0; i--) {
      const entry = rest[i] as DocumentEntry;
      const known = c.state.variables.local(scope, entry.name);
      if (known !== undefined && known.json !== entry.json) setLocal(c, of, scope, entry);
      else left.push(entry);
    }
    if (left.length === 0) return;
    rest = left.reverse();
    scope = parent;
  }
  mergeLocal(c, of, scope, rest);
}
