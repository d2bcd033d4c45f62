// Script task: a FEEL expression evaluated by the broker (zeebe:script), or a job.
import { extension } from '../model.ts';
import type { ElementFamily } from './element-family.ts';
import { compileJob, judgeEitherOr } from './job-task.ts';

export const scriptTask: ElementFamily = {
  elementType: 'SCRIPT_TASK',
  activity: true,
  mappings: 'both',
  judge(node, context) {
    const { problems, expressions } = context;
    judgeEitherOr(node, 'script', context);
    for (const script of node.extensions.get('script') ?? []) {
      const { attributes } = script;
      expressions.judgeRequiredFeel(attributes.get('expression'), script, problems);
      if ((attributes.get('resultVariable') ?? '') === '') {
        problems.add('attribute-empty', script, 'resultVariable');
      }
    }
  },
  compile(node, element, context) {
    element.job = compileJob(node, context);
    const script = extension(node, 'script');
    if (script === undefined) return;
    element.script = {
      expression: context.expressions.get(script.attributes.get('expression')!),
      resultVariable: script.attributes.get('resultVariable')!,
    };
  },
};
