// Where this broker's verdict on a model differs from the reference's on purpose.

interface Deviation {
  /** Titles of the cases. */
  readonly titles: RegExp;
  /** What ours looks like, behind the title. */
  readonly ours: RegExp;
  readonly why: string;
}

const DEPLOYED = /: deployed$/;
const NOT_EXECUTED = /This release does not execute/;

export const DEVIATIONS: readonly Deviation[] = [
  {
    titles: /^(?:start|catch|(?:boundary|esp)(?: non-interrupting)?) conditional(?: on sub)?$/,
    ours: DEPLOYED,
    why: 'conditional events are executed here',
  },
  {
    titles: /^sub start conditional$/,
    ours: /must be of type none$/,
    why: 'a conditional event is no unknown kind here',
  },
  {
    titles:
      /^(?:start (?:error|escalation|link|compensate|terminate)|throw (?:timer|error|terminate)|start twice (?:.*(?:error|escalation).*|compensation twice|link))$/,
    ours: NOT_EXECUTED,
    why: 'the reference deploys it without giving it a meaning',
  },
  {
    titles: /^element (?:\w+Choreography|choreographyTask|implicitThrowEvent|event)$/,
    ours: NOT_EXECUTED,
    why: 'a Java exception, or a rule of the schema that is not checked here',
  },
  { titles: /^throw two$/, ours: /at most one event/, why: 'the reference ignores the second' },
  {
    titles: /(?:bad|=a \+)|^ut native (?:assignee|schedule)$/,
    ours: /failed to parse expression/,
    why: 'the parser words it in its own way; expressions that the reference finds broken only when it runs them',
  },
  {
    titles: /^boundary (?:on|with unknown)/,
    ours: /'attachedToRef' refers to/,
    why: 'a Java exception, or a boundary that nothing ever reaches',
  },
  {
    titles: /^esp with flows$/,
    ours: /cannot have sequence flows/,
    why: 'it is never reached by a flow',
  },
  {
    titles: /^(?:boundary|esp) twice (?:in sub )?link$/,
    ours: /must be one of/,
    why: 'links that stand in no place for links are not compared',
  },
  { titles: /^comp ref gateway$/, ours: /compensation boundary event/, why: 'a Java exception' },
  {
    titles: /^comp association to gateway$/,
    ours: /'association' refers to/,
    why: 'a Java exception',
  },
  { titles: /^comp def no id$/, ours: DEPLOYED, why: 'ids of definitions are optional' },
  {
    titles: /^(?:ut native twice|ut two forms|ut two priorities|el two lists|versionTag two)$/,
    ours: /Must have at most one/,
    why: 'a Java exception',
  },
  {
    titles: /^(?:el unknown event|tl foo)$/,
    ours: /'eventType' must be one of/,
    why: 'a Java exception',
  },
  {
    titles: /^tl (?:creating|assigning|updating|completing|canceling)$/,
    ours: DEPLOYED,
    why: 'spellings of later releases are known here',
  },
  {
    titles: /^(?:decision |linkedResources$|jobPriorityDefinition$)/,
    ours: NOT_EXECUTED,
    why: 'refused by name until it is executed; the reference ignores what is newer than itself',
  },
  {
    titles: /^loop manual and (?:throw|call|throw signal)$/,
    ours: /loop: m > /,
    why: 'the same loop, told from another of its elements',
  },
  {
    titles: /^date 2026-01-01T00:00:00\+02:00:30$/,
    ours: /Invalid date-time/,
    why: 'offsets have no seconds',
  },
  { titles: /^cycle 0 0 0 5L \* \*$/, ours: /Invalid chars/, why: 'means nothing' },
];
