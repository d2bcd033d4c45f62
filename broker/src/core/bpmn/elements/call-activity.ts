// Call activity: runs another process and waits for it.
import { bindingOf, judgeBinding } from '../bindings.ts';
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
      judgeBinding(element, problems);
    }
  },
  compile(node, element, { expressions }) {
    const called = extension(node, 'calledElement')!;
    const { attributes } = called;
    const { binding, tag } = bindingOf(called);
    element.calledElement = {
      processId: expressions.get(attributes.get('processId')!),
      binding,
      versionTag: tag,
      propagateAllChildVariables: attributes.get('propagateAllChildVariables') !== 'false',
      propagateAllParentVariables: attributes.get('propagateAllParentVariables') !== 'false',
    };
  },
};
