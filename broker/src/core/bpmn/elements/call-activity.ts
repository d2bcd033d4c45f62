// Call activity: runs another process and waits for it.
import { BINDINGS, type Binding } from '../graph.ts';
import { extension } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

export const callActivity: ElementFamily = {
  elementType: 'CALL_ACTIVITY',
  activity: true,
  mappings: 'both',
  judge(node, { problems, expressions }) {
    const called = node.extensions.get('calledElement') ?? [];
    if (called.length !== 1) problems.add('called-element', node.xml);
    for (const element of called) {
      expressions.judgeRequired(element.attributes.get('processId'), element, problems);
    }
  },
  compile(node, element, { expressions }) {
    const { attributes } = extension(node, 'calledElement')!;
    const binding = attributes.get('bindingType') ?? 'latest';
    element.calledElement = {
      processId: expressions.get(attributes.get('processId')!),
      binding: BINDINGS.find((known): known is Binding => known === binding) ?? 'latest',
      versionTag: attributes.get('versionTag') ?? '',
      propagateAllChildVariables: attributes.get('propagateAllChildVariables') !== 'false',
      propagateAllParentVariables: attributes.get('propagateAllParentVariables') !== 'false',
    };
  },
};
