// The form that a user task names by id, by the way it is bound (engine-semantics.md D).
import { type Key, keyText, NO_KEY } from '@millrace/protocol';
import type { FormReference } from '../../bpmn/index.ts';
import { evaluateString } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';

const notFound = (message: string): Failure => ({ errorType: 'FORM_NOT_FOUND', message });

/** The key of the form; NO_KEY when the task names none. */
export function linkedForm(
  c: Context,
  e: ElementContext,
  form: FormReference | undefined,
): { readonly formKey: Key } | Failure {
  if (form === undefined) return { formKey: NO_KEY };
  const id = evaluateString(form.id, c.feel(e.key));
  if (!id.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: id.message };
  return findForm(c, e, form, id.value);
}

function findForm(
  c: Context,
  { value }: ElementContext,
  { binding, versionTag }: FormReference,
  formId: string,
): { readonly formKey: Key } | Failure {
  const { forms, processes } = c.state;
  const { tenantId, processDefinitionKey } = value;
  switch (binding) {
    case 'latest':
      return (
        forms.latest(formId, tenantId) ??
        notFound(
          `Expected to find a form with id '${formId}', but no form with this id is found, at least a form with this id should be available. ` +
            'To resolve the Incident please deploy a form with the same id',
        )
      );
    case 'deployment': {
      const deploymentKey = processes.byKey(processDefinitionKey)?.deploymentKey ?? NO_KEY;
      return (
        forms.byDeployment(formId, deploymentKey, tenantId) ??
        notFound(
          `Expected to use a form with id '${formId}' with binding type 'deployment', but no such form found in the deployment with key ${keyText(deploymentKey)} which contained the current process. ` +
            'To resolve this incident, migrate the process instance to a process definition that is deployed together with the intended form to use.',
        )
      );
    }
    case 'versionTag':
      return (
        forms.byTag(formId, versionTag, tenantId) ??
        notFound(
          `Expected to use a form with id '${formId}' and version tag '${versionTag}', but no such form found. To resolve the incident, deploy a form with the given id and version tag.\n`,
        )
      );
  }
}
