// A form file: JSON whose `id` and `versionTag` count; the rest is for whoever shows it.
import { type Document, JsonTextError, parseDocument } from '@millrace/protocol';

declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

/** Whether a resource of this name is a form. */
export const isFormResource = (resourceName: string): boolean => resourceName.endsWith('.form');

export interface FormIdentity {
  readonly formId: string;
  /** '' when the file has none. */
  readonly versionTag: string;
}

/** What the file says of itself, or what is wrong with it. */
export function readForm(resourceName: string, bytes: Uint8Array): FormIdentity | string {
  let form: Document;
  try {
    form = parseDocument(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return `'${resourceName}': Expected the form to be a JSON object, but: ${error.message}`;
  }
  const formId = textOf(form, 'id');
  if (formId === undefined) return 'Expected the form id to be present, but none given';
  if (formId.trim() === '') return 'Expected the form id to be filled, but it is blank';
  return { formId, versionTag: textOf(form, 'versionTag') ?? '' };
}

/** A text, or a number as text; undefined when it is missing or null. */
function textOf(form: Document, name: string): string | undefined {
  const json = form.entries.find((entry) => entry.name === name)?.json;
  if (json === undefined || json === 'null') return undefined;
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

/** The message for a form id that two resources of one deployment define. */
export const duplicateFormId = (formId: string, first: string, second: string): string =>
  `Expected the form ids to be unique within a deployment but found a duplicated id '${formId}' in the resources '${first}' and '${second}'.\n`;
