// The people around a simulated cluster: they stop and start brokers, change who belongs to it, and mend what was damaged.
// Guarantees: only data of machines that were damaged is moved away; a broker that refuses to open on a sound disk is a
// failure.
// Leaves to others: when they do something.
import type { ChangeRequest } from '../../../broker/src/cluster/configuration/core/cluster-request.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Machine, SimulatedProcess } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import type { BrokerProgram } from './broker-program.ts';

/** How long a broker may take to stop by its own configuration, and before it is killed, ms. */
const STOP_MS = 5_000;
const KILL_MS = 20_000;
const LOOK_MS = 500;
/** What a broker says of damage that it cannot mend. */
const DAMAGE = /damaged|is sound/;
/** Machines that may join beside the first ones. */
const SPARES = 2;
const PARTITIONS_MAX = 4;

export interface OperatorSurroundings {
  readonly world: World;
  readonly machines: Map<number, Machine>;
  readonly brokers: ReadonlyMap<number, BrokerProgram>;
  /** A machine that is not there yet. */
  newMachine(id: number): Machine;
}

export class ClusterOperator {
  readonly #s: OperatorSurroundings;
  readonly #damaged = new Set<number>();
  readonly #firstSize: number;
  changes = 0;
  changesTaken = 0;
  mended = 0;

  constructor(surroundings: OperatorSurroundings) {
    this.#s = surroundings;
    this.#firstSize = surroundings.machines.size;
    this.#lookLater();
  }

  /** The machine may refuse what it finds on its disk. */
  damaged(machine: number): void {
    this.#damaged.add(machine);
  }

  /** SIGTERM, and SIGKILL when it takes too long. */
  stop(id: number): void {
    const machine = this.#s.machines.get(id);
    const broker = this.#s.brokers.get(id);
    const process = machine?.process;
    if (machine === undefined || broker === undefined || process === undefined) return;
    const exit = () => machine.exited(process);
    machine.stopping();
    broker.stop(STOP_MS).then(exit, (error: Error) => {
      this.#s.world.fail('a stop ends well', `${machine.name}: ${error.stack}`);
    });
    this.#s.world.time.after(KILL_MS, exit);
  }

  /** The broker has ended because of what it found. Answers whether its data was moved away. */
  refused(process: SimulatedProcess, error: Error): boolean {
    const { machine } = process;
    const isDamage = (error as { code?: string }).code === 'corrupt' || DAMAGE.test(error.message);
    if (!isDamage) return false;
    if (!this.#damaged.has(machine.id)) {
      this.#s.world.fail('a sound disk opens', `${machine.name}: ${error.message}`);
      return false;
    }
    this.#moveAway(machine);
    return true;
  }

  #lookLater(): void {
    this.#s.world.time.after(LOOK_MS, () => {
      for (const [id, broker] of this.#s.brokers) this.#look(id, broker);
      this.#lookLater();
    });
  }

  /** Partitions that stay closed. */
  #look(id: number, broker: BrokerProgram): void {
    const machine = this.#s.machines.get(id) as Machine;
    for (const partition of broker.replicas.values()) {
      const { health, reason, partitionId } = partition.status();
      if (health !== 'dead' && !DAMAGE.test(reason)) continue;
      if (!this.#damaged.has(id)) {
        const what = `partition ${partitionId} of ${machine.name} stays closed: ${reason}`;
        return this.#s.world.fail('a sound disk opens', what);
      }
      return this.#moveAway(machine);
    }
  }

  #moveAway(machine: Machine): void {
    this.mended++;
    this.#s.world.say(machine.name, () => 'the operator moves its damaged data away');
    machine.kill();
    machine.disk.wipe();
    this.#s.world.time.after(LOOK_MS, () => machine.start());
  }

  /** Asks some broker for some change. */
  change(random: SeededRandom): void {
    const { world, brokers } = this.#s;
    const asked = random.pick([...brokers.values(), undefined]);
    const configuration = asked?.core.configuration.current();
    if (asked === undefined || configuration === undefined) return;
    const members = configuration.members
      .filter(({ state }) => state === 'ACTIVE')
      .map(({ id }) => id);
    const partitions = new Set(
      configuration.members.flatMap(({ replicas }) => replicas.map((r) => r.partitionId)),
    );
    const change = this.#draw(random, members, [...partitions]);
    if (change === undefined) return;
    this.changes++;
    world.say('operator', () => `asks m${asked.process.machine.id}: ${JSON.stringify(change)}`);
    void asked.core.configuration
      .request({ kind: 'change', change, dryRun: random.chance(0.1) })
      .then((answer) => {
        if (answer.kind === 'planned') this.changesTaken++;
        const text = answer.kind === 'refused' ? answer.message : answer.kind;
        world.say('operator', () => `is answered: ${text}`);
      });
  }

  #draw(
    random: SeededRandom,
    members: readonly number[],
    partitions: readonly number[],
  ): ChangeRequest | undefined {
    const [broker, partitionId] = [random.pick(members), random.pick(partitions)];
    const priority = random.between(1, 3);
    switch (
      random.weighted({
        add: 3,
        remove: 2,
        join: 2,
        leave: 2,
        priority: 1,
        partitions: 1,
        scale: 1,
      })
    ) {
      case 'add': {
        const spare = this.#spare(random, members);
        return spare === undefined ? undefined : { kind: 'add-broker', broker: spare };
      }
      case 'remove':
        return members.length < 2 ? undefined : { kind: 'remove-broker', broker };
      case 'join':
        return { kind: 'join-partition', broker, partitionId, priority };
      case 'leave':
        return { kind: 'leave-partition', broker, partitionId };
      case 'priority':
        return { kind: 'change-priority', broker, partitionId, priority };
      case 'partitions':
        if (partitions.length >= PARTITIONS_MAX) return undefined;
        return { kind: 'patch', partitionsCount: partitions.length + 1 };
      case 'scale': {
        const spare = this.#spare(random, members);
        return { kind: 'scale', brokers: spare === undefined ? members : [...members, spare] };
      }
    }
  }

  /** A machine that is no member; it is started, so that it can be added. */
  #spare(random: SeededRandom, members: readonly number[]): number | undefined {
    const ids = Array.from({ length: this.#firstSize + SPARES }, (_, id) => id);
    const free = ids.filter((id) => !members.includes(id));
    if (free.length === 0) return undefined;
    const id = random.pick(free);
    const machine = this.#s.machines.get(id) ?? this.#s.newMachine(id);
    this.#s.machines.set(id, machine);
    machine.start();
    return id;
  }
}
