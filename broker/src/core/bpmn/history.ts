// How long the history of a definition's finished instances is worth keeping: for whoever reads what exporters wrote.
// Beyond the reference, which ignores it. Modelers write it as an extension property of the process; models of older
// engines have it as an attribute.
import { parseInterval } from '../timer/index.ts';
import type { RuleContext } from './context.ts';
import type { Process } from './model.ts';
import { ZEEBE } from './names.ts';

const NAME = 'historyTimeToLive';
const NAMESPACES = [ZEEBE, 'http://camunda.org/schema/1.0/bpmn'];

const textOf = ({ xml, extensions }: Process): string => {
  const properties = (extensions.get('properties') ?? []).flatMap(({ children }) => children);
  const texts = [
    ...properties
      .filter(({ name, attributes }) => name === 'property' && attributes.get('name') === NAME)
      .map(({ attributes }) => attributes.get('value')),
    ...NAMESPACES.map((namespace) => xml.attributes.get(`{${namespace}}${NAME}`)),
  ];
  return texts.map((text) => text?.trim() ?? '').find((text) => text !== '') ?? '';
};

/** A plain number means days. */
const asInterval = (text: string): string => (/^\d+$/.test(text) ? `P${text}D` : text);

export function judgeHistory(process: Process, { problems }: RuleContext): void {
  const text = textOf(process);
  if (text === '' || parseInterval(asInterval(text)).ok) return;
  problems.add('history-time-to-live', process.xml, text);
}

/** As an ISO 8601 interval such as `P30D`; '' when the model does not say. */
export const historyTimeToLive = (process: Process): string => asInterval(textOf(process));
