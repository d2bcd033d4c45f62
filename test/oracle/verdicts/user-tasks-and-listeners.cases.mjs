// Models that are deployed one by one; what the reference says to them is in verdicts.golden.json.
import { end, ext, bpmn as process, start, task } from '../scenarios/text-model.mjs';

const around = (el, rest = '', flows = 'start -> t -> end') =>
  process('p', start() + el + end(), flows, rest);
const MSG = `<message id="m" name="m">${ext('<zeebe:subscription correlationKey="=k"/>')}</message>`;
const c = {};
const compB = (id, at) =>
  `<boundaryEvent id="${id}" attachedToRef="${at}"><compensateEventDefinition id="cd_${id}"/></boundaryEvent>`;
const asso = (a, b) =>
  `<association id="as_${a}_${b}" sourceRef="${a}" targetRef="${b}" associationDirection="One"/>`;
const H = (id, extra = '') =>
  `<serviceTask id="${id}" isForCompensation="true" ${extra}>${ext('<zeebe:taskDefinition type="h"/>')}</serviceTask>`;
const thr = (id, a = '') =>
  `<intermediateThrowEvent id="${id}"><compensateEventDefinition id="cd_${id}" ${a}/></intermediateThrowEvent>`;
const comp = (els, flows = 'start -> t -> thr -> end') => {
  const as = [...els.matchAll(/<association.*?\/>/g)].join('');
  return process(
    'p',
    start() + task('t') + els.replaceAll(/<association.*?\/>/g, '') + end(),
    flows,
    MSG,
  ).replace('</process>', `${as}</process>`);
};
// user tasks
const ut = (...x) => around(`<userTask id="t">${ext(...x)}</userTask>`);
const N = '<zeebe:userTask/>';
c['ut native'] = ut(N);
c['ut native twice'] = ut(N, N);
c['ut native formKey'] = ut(N, '<zeebe:formDefinition formKey="k"/>');
c['ut native formId'] = ut(N, '<zeebe:formDefinition formId="k"/>');
c['ut native externalReference'] = ut(N, '<zeebe:formDefinition externalReference="k"/>');
c['ut native externalReference and formId'] = ut(
  N,
  '<zeebe:formDefinition externalReference="k" formId="f"/>',
);
c['ut native form empty'] = ut(N, '<zeebe:formDefinition/>');
c['ut native formKey and formId'] = ut(N, '<zeebe:formDefinition formKey="k" formId="f"/>');
c['ut native form blank'] = ut(N, '<zeebe:formDefinition formId=" "/>');
c['ut job formId'] = ut('<zeebe:formDefinition formId="f"/>');
c['ut job formId and formKey'] = ut('<zeebe:formDefinition formId="f" formKey="k"/>');
c['ut job externalReference'] = ut('<zeebe:formDefinition externalReference="k"/>');
c['ut form bad feel'] = ut(N, '<zeebe:formDefinition formId="=a +"/>');
c['ut external bad feel'] = ut(N, '<zeebe:formDefinition externalReference="=a +"/>');
for (const b of [
  'bindingType="foo"',
  'bindingType="versionTag"',
  'bindingType="versionTag" versionTag="v"',
  'versionTag="v"',
  'bindingType="deployment"',
]) {
  c[`ut form ${b}`] = ut(N, `<zeebe:formDefinition formId="f" ${b}/>`);
  c[`ut job form ${b}`] = ut(`<zeebe:formDefinition formId="f" ${b}/>`);
  c[`decision ${b}`] = around(
    `<businessRuleTask id="t">${ext(`<zeebe:calledDecision decisionId="d" resultVariable="r" ${b}/>`)}</businessRuleTask>`,
  );
}
c['ut formKey with binding'] = ut(`<zeebe:formDefinition formKey="f" bindingType="versionTag"/>`);
c['ut two forms'] = ut(N, '<zeebe:formDefinition formId="f"/><zeebe:formDefinition formId="g"/>');
for (const p of ['50', '0', '100', '101', '-1', 'abc', '', '=a', '=a +', '1.5', ' 5']) {
  c[`ut native priority '${p}'`] = ut(N, `<zeebe:priorityDefinition priority="${p}"/>`);
}
c['ut priority no attribute'] = ut(N, '<zeebe:priorityDefinition/>');
c['ut job priority bad'] = ut('<zeebe:priorityDefinition priority="abc"/>');
c['ut native assignee'] = ut(
  N,
  '<zeebe:assignmentDefinition assignee="=a +" candidateGroups="a,,b" candidateUsers="=b +"/>',
);
c['ut native schedule'] = ut(N, '<zeebe:taskSchedule dueDate="x" followUpDate="=a +"/>');
c['ut two priorities'] = ut(
  N,
  '<zeebe:priorityDefinition priority="1"/><zeebe:priorityDefinition priority="2"/>',
);
// listeners
const EL = (...l) =>
  `<zeebe:executionListeners>${l.map(([e, t, r]) => `<zeebe:executionListener ${e === null ? '' : `eventType="${e}"`} ${t === null ? '' : `type="${t}"`} ${r === undefined ? '' : `retries="${r}"`}/>`).join('')}</zeebe:executionListeners>`;
const TL = (...l) => EL(...l).replaceAll('executionListener', 'taskListener');
const sv = (...x) =>
  around(`<serviceTask id="t">${ext('<zeebe:taskDefinition type="a"/>', ...x)}</serviceTask>`);
c['el good'] = sv(EL(['start', 'a'], ['end', 'b', '5'], ['start', 'c', '=r'], ['end', '=d']));
c['el no event'] = sv(EL([null, 'a']));
c['el empty event'] = sv(EL(['', 'a']));
c['el unknown event'] = sv(EL(['cancel', 'a']));
c['el no type'] = sv(EL(['start', null]));
c['el empty type'] = sv(EL(['start', '']));
c['el bad type'] = sv(EL(['start', '=a +']));
c['el bad retries'] = sv(EL(['start', 'a', '=a +']));
c['el empty retries'] = sv(EL(['start', 'a', '']));
c['el static retries'] = sv(EL(['start', 'a', 'many']));
c['el duplicate'] = sv(EL(['start', 'a'], ['start', 'a']));
c['el duplicate three'] = sv(
  EL(['start', 'a'], ['start', 'a'], ['start', 'a'], ['end', 'a'], ['end', 'a']),
);
c['el same type other event'] = sv(EL(['start', 'a'], ['end', 'a']));
c['el two lists'] = sv(EL(['start', 'a']), EL(['end', 'a']));
c['el empty list'] = sv(EL());
for (const ev of ['start', 'end']) {
  const l = ext(EL([ev, 'a']));
  c[`el ${ev} on process`] = process('p', l + start() + end(), 'start -> end');
  c[`el ${ev} on start event`] = process(
    'p',
    `<startEvent id="start">${l}</startEvent>${end()}`,
    'start -> end',
  );
  c[`el ${ev} on end event`] = process(
    'p',
    `${start()}<endEvent id="end">${l}</endEvent>`,
    'start -> end',
  );
  c[`el ${ev} on error end`] = process(
    'p',
    start() +
      `<endEvent id="end">${l}<incoming>start_end</incoming><errorEventDefinition id="d" errorRef="e"/></endEvent>`,
    'start -> end',
    '<error id="e" errorCode="E"/>',
  );
  c[`el ${ev} on terminate end`] = process(
    'p',
    start() +
      `<endEvent id="end">${l}<incoming>start_end</incoming><terminateEventDefinition id="d"/></endEvent>`,
    'start -> end',
  );
  c[`el ${ev} on compensation end`] = process(
    'p',
    start() +
      `<endEvent id="end">${l}<incoming>start_end</incoming><compensateEventDefinition id="d"/></endEvent>`,
    'start -> end',
  );
  for (const g of ['exclusiveGateway', 'parallelGateway', 'inclusiveGateway', 'manualTask', 'task'])
    c[`el ${ev} on ${g}`] = around(`<${g} id="t">${l}</${g}>`);
  c[`el ${ev} on event gateway`] = process(
    'p',
    start() +
      `<eventBasedGateway id="g">${l}</eventBasedGateway><intermediateCatchEvent id="c1"><incoming>g_c1</incoming><timerEventDefinition id="d"><timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent><intermediateCatchEvent id="c2"><incoming>g_c2</incoming><timerEventDefinition id="d2"><timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>`,
    'start -> g; g -> c1; g -> c2',
  );
  c[`el ${ev} on sub`] = around(
    `<subProcess id="t">${l}<incoming>start_t</incoming><outgoing>t_end</outgoing><startEvent id="i"/></subProcess>`,
  );
  c[`el ${ev} on esp`] = process(
    'p',
    start() +
      end() +
      `<subProcess id="t" triggeredByEvent="true">${l}<startEvent id="i"><messageEventDefinition id="d" messageRef="m"/></startEvent></subProcess>`,
    'start -> end',
    MSG,
  );
  c[`el ${ev} on call`] = around(
    `<callActivity id="t">${ext('<zeebe:calledElement processId="c"/>', EL([ev, 'a']))}</callActivity>`,
  );
  c[`el ${ev} on receive`] = around(`<receiveTask id="t" messageRef="m">${l}</receiveTask>`, MSG);
  c[`el ${ev} on catch`] = around(
    `<intermediateCatchEvent id="t">${l}<incoming>start_t</incoming><outgoing>t_end</outgoing><messageEventDefinition id="d" messageRef="m"/></intermediateCatchEvent>`,
    MSG,
  );
  c[`el ${ev} on link catch`] = process(
    'p',
    start() +
      end() +
      `<intermediateCatchEvent id="t">${l}<outgoing>t_end</outgoing><linkEventDefinition id="d" name="m"/></intermediateCatchEvent>`,
    'start -> end; t -> end',
    MSG,
  );
  c[`el ${ev} on throw`] = around(
    `<intermediateThrowEvent id="t">${l}</intermediateThrowEvent>`,
    MSG,
  );
  c[`el ${ev} on compensation throw`] = around(
    `<intermediateThrowEvent id="t">${l}<incoming>start_t</incoming><outgoing>t_end</outgoing><compensateEventDefinition id="d"/></intermediateThrowEvent>`,
    MSG,
  );
  c[`el ${ev} on boundary`] = process(
    'p',
    start() +
      task('t') +
      `<boundaryEvent id="b" attachedToRef="t">${l}<outgoing>b_end</outgoing><timerEventDefinition id="d"><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>` +
      end(),
    'start -> t -> end; b -> end',
  );
  c[`el ${ev} on error boundary`] = process(
    'p',
    start() +
      task('t') +
      `<boundaryEvent id="b" attachedToRef="t">${l}<outgoing>b_end</outgoing><errorEventDefinition id="d"/></boundaryEvent>` +
      end(),
    'start -> t -> end; b -> end',
  );
  c[`el ${ev} on compensation boundary`] = comp(
    compB('b', 't').replace('>', `>${l}`) + H('h') + asso('b', 'h') + thr('thr'),
  );
}
for (const ev of [
  'creating',
  'assigning',
  'updating',
  'completing',
  'canceling',
  'create',
  'assignment',
  'complete',
  'update',
  'cancel',
  'foo',
  '',
])
  c[`tl ${ev}`] = ut(N, TL([ev, 'a']));
c['tl no event'] = ut(N, TL([null, 'a']));
c['tl no type'] = ut(N, TL(['complete', null]));
c['tl empty type'] = ut(N, TL(['complete', '']));
c['tl bad type'] = ut(N, TL(['complete', '=a +']));
c['tl duplicate'] = ut(N, TL(['complete', 'a'], ['complete', 'a']));
c['tl on job user task'] = ut(TL(['complete', 'a']));
c['tl on service task'] = sv(TL(['complete', 'a']));
// ad-hoc etc
c.linkedResources = sv(
  '<zeebe:linkedResources><zeebe:linkedResource resourceId="a" resourceType="b"/></zeebe:linkedResources>',
);
c['linkedResources empty'] = sv('<zeebe:linkedResources/>');
c.jobPriorityDefinition = sv('<zeebe:jobPriorityDefinition priority="1"/>');
c['calledElement on service task'] = sv('<zeebe:calledElement processId="c"/>');
c['userTask on service task'] = sv('<zeebe:userTask/>');
c.versionTag = process('p', ext('<zeebe:versionTag value="v"/>') + start() + end(), 'start -> end');
c['versionTag empty'] = process(
  'p',
  ext('<zeebe:versionTag value=""/>') + start() + end(),
  'start -> end',
);
c['versionTag two'] = process(
  'p',
  ext('<zeebe:versionTag value="a"/><zeebe:versionTag value="b"/>') + start() + end(),
  'start -> end',
);
c['process empty'] = process('p', '');
export const cases = c;
