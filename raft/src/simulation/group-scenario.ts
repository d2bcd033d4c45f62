// Scenarios of a whole group: members with disks, and a network on which messages wait until the scenario says what becomes
// of them.
// Guarantees: time passes, messages arrive and disks finish only by a command; a disk that is not `slow` finishes at once.
// Leaves to others: what the members do.
//
//   group voters=1,2,3 learners=4 waiting=5 priorities=3,2,1 election=10 heartbeat=2 append=1000 flight=4000
//   disk 2 terms=1,1,4 term=5 vote=1 checkpoint=2      what its disk holds before it starts
//   start 1 2 | start all        restart 2 [recovering]        crash 2 keep=1        wipe 2        closed 2
//   slow 2 | fast 2              disks that finish only by `sync 2`, or at once      full 2 | room 2
//   tick times=3 | tick 1 times=3
//   elect 1                      lets its time pass and its election be answered, until it leads; the first appends wait
//   propose 1 bytes=10 | read 1 id=7 | transfer 1 to=2 | change 1 voters=1,2 learners=3 | step-down 1 | compact 1 first=4
//   fail 1 | mend 1              the disk fails and is opened again
//   deliver [1>2] [append] [count=1] [order=reverse]     drop [1>2] [append]     again 1>2 append      (a message arrives twice)
//   cut 1>2 | cut 1 | heal       links that lose everything
//   settle                       delivers everything until nothing is left, and tells the facts only
//   run times=10                 as many times a tick of all and `settle`, each fact with the number of its tick
//   state 1 | states | log 1 | logs | progress 1 | network
import {
  describeEffects,
  describeEvent,
  describeLists,
  describeMessage,
  describeProgress,
  describeState,
} from '../core/describe.ts';
import { EntryKind } from '../core/entry-kind.ts';
import type { Member, MemberId } from '../core/state.ts';
import { Invariants } from './invariants.ts';
import { type Command, numbersOf, type Scenario } from './scenario.ts';
import { type Packet, SimulatedGroup } from './simulated-group.ts';
import type { SimulatedMember } from './simulated-member.ts';

type Handler = (scenario: GroupScenario, command: Command) => void;

const settleRounds = 500;
const electionTicksMax = 100;

/** Lines that say what became of the group, and not how. */
const isFact = (line: string) =>
  !/ (send-now|send-after-persist|persist entry|persist vote)/.test(line);

export class GroupScenario implements Scenario {
  #group: SimulatedGroup | null = null;
  readonly #invariants = new Invariants();
  readonly #slow = new Set<MemberId>();
  #lines: string[] = [];

  run(command: Command): string[] {
    this.#lines = [];
    const [name = ''] = command.words;
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`There is no command ${name}.`);
    try {
      handler(this, command);
      if (this.#group !== null) this.#invariants.logsMatch();
    } catch (error) {
      this.say(`error ${(error as Error).message}`);
    }
    return this.#lines.length === 0 ? ['ok'] : this.#lines;
  }

  say(line: string): void {
    this.#lines.push(line);
  }

  /** Forgets what was said that is no fact. */
  keepFacts(): void {
    this.#lines = this.#lines.filter(isFact);
  }

  /** Runs the commands of `inner`, and puts the text before each line that they say. */
  saying(text: string, inner: () => void): void {
    const before = this.#lines;
    this.#lines = [];
    inner();
    this.#lines = [...before, ...this.#lines.map((line) => `${text}${line}`)];
  }

  get group(): SimulatedGroup {
    if (this.#group === null) throw new Error('A scenario of a group begins with "group".');
    return this.#group;
  }

  begin({ values }: Command): void {
    const priorities = numbersOf(values.priorities);
    let at = 0;
    const listOf = (ids: number[], type: Member['type']) =>
      ids.map((id): Member => ({ id, type, priority: priorities[at++] ?? 1 }));
    const voters = listOf(numbersOf(values.voters), 'voter');
    const members = [...voters, ...listOf(numbersOf(values.learners), 'learner')];
    const limits = {
      electionTicks: Number(values.election ?? 10),
      heartbeatTicks: Number(values.heartbeat ?? 2),
      appendBytesMax: Number(values.append ?? 1_000_000),
      inFlightBytesMax: Number(values.flight ?? 16_000_000),
    };
    this.#group = new SimulatedGroup(
      { members, waiting: numbersOf(values.waiting), limits },
      {
        stepped: (member, event, effects) => {
          this.#invariants.stepped(member, event, effects);
          const isNews = event.kind === 'entries-refused' || event.kind === 'disk-changed';
          if (isNews) this.say(`${member.id} : ${describeEvent(event)}`);
          for (const line of describeEffects(effects)) {
            if (line !== 'ok') this.say(`${member.id} ${line}`);
          }
        },
        sent: (packet) => this.#invariants.sent(packet),
      },
    );
    this.#invariants.watch(this.#group);
  }

  member(command: Command, word = 1): SimulatedMember {
    return this.group.member(Number(command.words[word]));
  }

  /** The members that the words name; all without any. */
  named({ words }: Command): SimulatedMember[] {
    const ids = words.slice(1).filter((word) => /^\d+$/.test(word));
    if (ids.length > 0) return ids.map((id) => this.group.member(Number(id)));
    return [...this.group.members.values()];
  }

  setSlow(members: readonly SimulatedMember[], isSlow: boolean): void {
    for (const { id } of members) {
      if (isSlow) this.#slow.add(id);
      else this.#slow.delete(id);
    }
    this.syncFast();
  }

  /** Disks that are not slow have finished by now. */
  syncFast(): void {
    for (const member of this.group.members.values()) {
      if (member.state === null || this.#slow.has(member.id)) continue;
      while (member.beginSync()) member.endSync();
    }
  }

  start(member: SimulatedMember, isRecovering: boolean): void {
    this.#invariants.restarted(member);
    member.start(isRecovering);
    if (member.state !== null) this.say(`${member.id} ${describeState(member.state)}`);
  }

  /** Messages on the network that a command names by link and kind, oldest first. */
  packets({ words }: Command): Packet[] {
    const link = words.find((word) => word.includes('>'));
    const kind = words.slice(1).find((word) => !word.includes('>'));
    return this.group.packets.filter(
      ({ from, to, message }) =>
        (link === undefined || link === `${from}>${to}`) &&
        (kind === undefined || kind === message.kind),
    );
  }

  arrive(packet: Packet, isDuplicate = false): void {
    this.say(`${packet.from}>${packet.to} ${describeMessage(packet.message)}`);
    if (isDuplicate) this.group.handOver(packet);
    else this.group.deliver(packet);
    this.syncFast();
  }
}

const handlers: Readonly<Record<string, Handler>> = {
  group: (scenario, command) => scenario.begin(command),
  disk: presetDisk,
  start: (scenario, command) => {
    for (const member of scenario.named(command)) scenario.start(member, false);
  },
  restart: (scenario, command) => {
    scenario.start(scenario.member(command), command.words.includes('recovering'));
  },
  crash: (scenario, command) => {
    scenario.group.crash(scenario.member(command).id, Number(command.values.keep ?? 0));
  },
  wipe: (scenario, command) => {
    const member = scenario.member(command);
    scenario.group.loseTraffic(member.id);
    member.wipe(scenario.group.begin);
  },
  closed: (scenario, command) => scenario.group.noticeClosed(scenario.member(command).id),
  slow: (scenario, command) => scenario.setSlow(scenario.named(command), true),
  fast: (scenario, command) => scenario.setSlow(scenario.named(command), false),
  sync: (scenario, command) => {
    for (const member of scenario.named(command)) {
      while (member.beginSync()) member.endSync();
    }
  },
  full: (scenario, command) => {
    scenario.member(command).diskFull = true;
  },
  room: (scenario, command) => {
    const member = scenario.member(command);
    member.diskFull = false;
    member.happen({ kind: 'disk-changed', condition: 'ok' });
  },
  fail: (scenario, command) => {
    scenario.member(command).happen({ kind: 'disk-changed', condition: 'failed' });
  },
  mend: (scenario, command) => {
    scenario.member(command).happen({ kind: 'disk-changed', condition: 'ok' });
  },
  tick,
  elect,
  propose: (scenario, command) => {
    const bytes = Number(command.values.bytes ?? 10);
    for (let left = Number(command.values.times ?? 1); left > 0; left--) {
      const event = { kind: 'propose', entryKind: EntryKind.records, bytes } as const;
      scenario.member(command).happen(event);
    }
    scenario.syncFast();
  },
  read: (scenario, command) => {
    scenario.member(command).happen({ kind: 'read', id: Number(command.values.id) });
  },
  transfer: (scenario, command) => {
    scenario.member(command).happen({ kind: 'transfer', to: Number(command.values.to) });
  },
  change: changeMembers,
  'step-down': (scenario, command) => {
    scenario.member(command).happen({ kind: 'step-down' });
  },
  recovered: (scenario, command) => {
    scenario.member(command).happen({ kind: 'recovered' });
  },
  'append-lost': (scenario, command) => {
    scenario.member(command).happen({ kind: 'append-lost', to: Number(command.values.to) });
  },
  'checkpoint-failed': (scenario, command) => {
    scenario.member(command).happen({ kind: 'checkpoint-failed', to: Number(command.values.to) });
  },
  compact: (scenario, command) => scenario.member(command).compact(Number(command.values.first)),
  deliver: (scenario, command) => {
    const { count, order } = command.values;
    const all = scenario.packets(command);
    if (order === 'reverse') all.reverse();
    for (const packet of all.slice(0, Number(count ?? all.length))) scenario.arrive(packet);
  },
  again: (scenario, command) => {
    for (const packet of scenario.packets(command).slice(0, 1)) scenario.arrive(packet, true);
  },
  drop: (scenario, command) => {
    const { packets } = scenario.group;
    for (const packet of scenario.packets(command)) {
      scenario.say(`lost ${packet.from}>${packet.to} ${describeMessage(packet.message)}`);
      packets.splice(packets.indexOf(packet), 1);
    }
  },
  cut,
  heal: (scenario) => scenario.group.cut.clear(),
  settle,
  run: (scenario, command) => {
    for (let time = 1; time <= Number(command.values.times ?? 1); time++) {
      scenario.saying(`tick ${time}: `, () => {
        for (const member of scenario.group.members.values()) member.happen({ kind: 'tick' });
        settle(scenario);
        scenario.keepFacts();
      });
    }
  },
  state: (scenario, command) => {
    const { state } = scenario.member(command);
    scenario.say(state === null ? 'down' : describeState(state));
    if (state !== null) scenario.say(`members ${describeLists(state.configuration)}`);
  },
  states: (scenario) => {
    for (const { id, state } of scenario.group.members.values()) {
      scenario.say(`${id} ${state === null ? 'down' : describeState(state)}`);
    }
  },
  log: (scenario, command) => scenario.say(logOf(scenario.member(command))),
  logs: (scenario) => {
    for (const member of scenario.group.members.values()) scenario.say(logOf(member));
  },
  progress: (scenario, command) => {
    const { state } = scenario.member(command);
    for (const line of state === null ? [] : describeProgress(state)) scenario.say(line);
  },
  network: (scenario) => {
    for (const { from, to, message } of scenario.group.packets) {
      scenario.say(`${from}>${to} ${describeMessage(message)}`);
    }
  },
};

function presetDisk(scenario: GroupScenario, command: Command): void {
  const { values } = command;
  const { disk } = scenario.member(command);
  const terms = numbersOf(values.terms);
  disk.entries = terms.map((term, at) => {
    return { index: at + 1, term, kind: EntryKind.records, bytes: 10 };
  });
  disk.durableIndex = terms.length;
  const votedFor = values.vote === undefined ? null : Number(values.vote);
  disk.vote = { term: Number(values.term ?? terms.at(-1) ?? 0), votedFor };
  const index = Number(values.checkpoint ?? 0);
  disk.checkpoint = { index, configuration: disk.checkpoint.configuration };
}

function tick(scenario: GroupScenario, command: Command): void {
  for (let time = 0; time < Number(command.values.times ?? 1); time++) {
    for (const member of scenario.named(command)) member.happen({ kind: 'tick' });
    scenario.syncFast();
  }
}

function elect(scenario: GroupScenario, command: Command): void {
  const member = scenario.member(command);
  for (let ticks = 0; member.state?.role !== 'leader'; ticks++) {
    scenario.keepFacts();
    if (ticks === electionTicksMax) throw new Error(`Member ${member.id} is not elected.`);
    member.happen({ kind: 'tick' });
    let packet = scenario.group.packets.find(isElection);
    for (; packet !== undefined; packet = scenario.group.packets.find(isElection)) {
      scenario.group.deliver(packet);
      scenario.syncFast();
    }
  }
  scenario.keepFacts();
}

function isElection({ message }: Packet): boolean {
  return message.kind.startsWith('pre-vote') || message.kind.startsWith('vote');
}

function changeMembers(scenario: GroupScenario, command: Command): void {
  const listOf = (text: string | undefined, type: Member['type']) =>
    numbersOf(text).map((id): Member => ({ id, type, priority: 1 }));
  const { voters, learners } = command.values;
  const members = [...listOf(voters, 'voter'), ...listOf(learners, 'learner')];
  scenario.member(command).happen({ kind: 'change-members', members });
  scenario.syncFast();
}

function cut(scenario: GroupScenario, { words }: Command): void {
  const { group } = scenario;
  for (const word of words.slice(1)) {
    const [from = '', to] = word.split('>');
    if (to !== undefined) group.cutLink(Number(from), Number(to));
    else {
      for (const other of group.members.keys()) {
        group.cutLink(Number(from), other);
        group.cutLink(other, Number(from));
      }
    }
  }
}

function settle(scenario: GroupScenario): void {
  const { packets } = scenario.group;
  for (let left = settleRounds; packets.length > 0; left--) {
    if (left === 0) throw new Error('The group does not come to rest.');
    for (const packet of packets.splice(0)) scenario.group.handOver(packet);
    scenario.syncFast();
    scenario.keepFacts();
  }
}

function logOf(member: SimulatedMember): string {
  const { disk, id, state } = member;
  const terms = disk.entries.map((entry) => entry.term).join(' ');
  const base = disk.base.index === 0 ? '' : `behind ${disk.base.index}/${disk.base.term}: `;
  const commit = state === null ? '-' : state.commitIndex;
  return `${id} ${base}${terms === '' ? 'empty' : terms} (durable ${disk.durableIndex}, committed ${commit})`;
}
