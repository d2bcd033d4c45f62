// How long the history of a definition's finished instances is worth keeping: for whoever reads what exporters wrote.
// Beyond the reference, which ignores the attribute; models of older engines have it.
import { parseInterval } from '../timer/index.ts';
import type { RuleContext } from './context.ts';
import type { Process } from './model.ts';
import { ZEEBE } from './names.ts';

const NAMESPACES = [ZEEBE, 'http://camunda.org/schema/1.0/bpmn'];

const textOf = ({ xml }: Process): string => {
  for (const namespace of NAMESPACES) {
    const text = xml.attributes.get(`{${namespace}}historyTimeToLive`)?.trim() ?? '';
    if (text !== '') return text;
  }
  return '';
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
