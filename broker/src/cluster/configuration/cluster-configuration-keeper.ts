// The cluster's configuration on one broker: finds it, keeps it, spreads it, changes it.
//
// Every broker holds the whole configuration on disk, sends it to all others when it changes and every few seconds, and
// merges what it hears. Changes are decided by a majority of the brokers, one at a time, and carried out operation by
// operation by the brokers that they name; a broker that restarts goes on where it was.
//
// Guarantees: copies of brokers that hear each other become equal; a change that was answered as planned is completed as
// soon as the brokers it needs are there, or cancelled by an operator; the stored configuration wins over the settings.
// Leaves to others: connections (exchange.ts), work on partitions (partition-operations.ts), HTTP (ops/).
import type { Cancel, Disk, Timers } from '@millrace/raft';
import { ChangeDecisions } from './change-decisions.ts';
import { ConfigurationCopy, type CopyListener } from './configuration-copy.ts';
import { CONFIGURATION_LIMITS, type ConfigurationLimits } from './configuration-limits.ts';
import { differenceNotice, outsiderNotice, strangerNotice } from './configuration-notices.ts';
import { ConfigurationSearch } from './configuration-search.ts';
import { endedChange } from './core/change.ts';
import {
  type ClusterConfiguration,
  type MemberId,
  memberIds,
  memberOf,
  withMember,
} from './core/cluster-configuration.ts';
import type { ClusterAnswer, ClusterRequest } from './core/cluster-request.ts';
import { mergeConfigurations, sameConfiguration } from './core/merge.ts';
import {
  type StaticCluster,
  startedMember,
  staticConfiguration,
  staticDistribution,
} from './core/static-configuration.ts';
import type { Exchange } from './exchange.ts';
import { Gossip } from './gossip.ts';
import { MajorityCheck } from './majority-check.ts';
import { type ConfigurationMessage, decodeMessage, MessageError } from './messages.ts';
import type { PartitionOperations } from './partition-operations.ts';
import { PlanExecutor } from './plan-executor.ts';
import { RequestDesk } from './request-desk.ts';

export interface KeeperOptions {
  readonly nodeId: MemberId;
  readonly settings: StaticCluster;
  readonly disk: Disk;
  /** Path of the file that holds the broker's copy; its folder exists. */
  readonly file: string;
  readonly exchange: Exchange;
  readonly operations: PartitionOperations;
  readonly timers: Timers;
  /** 0 to 1, without 1. */
  readonly random: () => number;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
  readonly limits?: Partial<ConfigurationLimits>;
}

/** Where the configuration came from, and what that says about this broker. */
export interface FoundConfiguration {
  readonly configuration: ClusterConfiguration;
  readonly origin: 'file' | 'others' | 'settings';
  /** This broker has never run its replicas: those that it has no data of are new, and begin with the others. */
  readonly isFirstRun: boolean;
  /**
   * This broker has run its replicas before, but has no file: its disk is new. It must not vote in groups of which it has
   * forgotten what it promised (broker-operations.md 13). The same holds for a single replica without data when it is not
   * the first run.
   */
  readonly isDiskNew: boolean;
}

const FIRST_IDS_END = 2 ** 32;

export class ClusterConfigurationKeeper {
  readonly #options: KeeperOptions;
  readonly #limits: ConfigurationLimits;
  readonly #copy: ConfigurationCopy;
  readonly #gossip: Gossip;
  readonly #decisions: ChangeDecisions;
  readonly #check: MajorityCheck;
  readonly #executor: PlanExecutor;
  readonly #desk: RequestDesk;
  readonly #found = Promise.withResolvers<FoundConfiguration>();
  readonly #strangers = new Set<string>();
  #search: ConfigurationSearch | undefined;
  #stopGossip: Cancel = () => {};
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#limits = { ...CONFIGURATION_LIMITS, ...options.limits };
    this.#copy = new ConfigurationCopy(options.disk, options.file);
    this.#gossip = new Gossip(this.#copy, options.exchange);
    const { nodeId: self, exchange, operations, timers, random, log } = options;
    const limits = this.#limits;
    const copy = this.#copy;
    const problem = (error: unknown) => this.#problem(error);
    this.#decisions = new ChangeDecisions({
      self,
      copy,
      exchange,
      timers,
      random,
      limits,
      problem,
    });
    const firstId = Math.floor(random() * FIRST_IDS_END);
    const check = new MajorityCheck({ self, copy, exchange, timers, limits }, firstId);
    this.#check = check;
    const confirm = check.confirm.bind(check);
    this.#executor = new PlanExecutor({ self, copy, operations, confirm, timers, limits, log });
    const decisions = this.#decisions;
    this.#desk = new RequestDesk({ self, copy, decisions, exchange, timers, limits }, firstId);
    copy.onChange((now, _, source) => this.#changed(now, source));
    this.#found.promise.catch(() => {});
  }

  /**
   * Call it once. Finds the configuration: in the file, else from the others, else, on the very first start, from the settings. May wait
   * for other brokers. Rejects with ConfigurationFileError, DistributionError, or the disk's error.
   */
  async start(): Promise<FoundConfiguration> {
    const { settings, nodeId, timers, log } = this.#options;
    if (this.#copy.load()) {
      const configuration = this.current() as ClusterConfiguration;
      const notice = differenceNotice(settings, configuration, this.#options.file);
      if (notice !== undefined) log('warn', notice);
      this.#open();
      return foundConfiguration(configuration, 'file', nodeId);
    }
    staticDistribution(settings);
    this.#search = new ConfigurationSearch({
      self: nodeId,
      settings,
      timers,
      limits: this.#limits,
      ask: () => this.#gossip.send(this.#options.exchange.reachable(), { kind: 'ask' }),
      begin: () => this.#begin(),
      log: (text) => log('info', text),
    });
    this.#search.start();
    return this.#found.promise;
  }

  #begin(): void {
    const { settings, random, log } = this.#options;
    try {
      const configuration = staticConfiguration(settings, newClusterId(random));
      this.#copy.set(configuration, 'own');
      log('info', `begins a new cluster with the id ${configuration.clusterId}`);
      this.#finish(configuration, 'settings');
    } catch (error) {
      this.#found.reject(error);
    }
  }

  #finish(configuration: ClusterConfiguration, origin: 'others' | 'settings'): void {
    this.#search?.stop();
    this.#search = undefined;
    this.#open();
    this.#found.resolve(foundConfiguration(configuration, origin, this.#options.nodeId));
  }

  /** The configuration is known: this broker takes part. */
  #open(): void {
    const { nodeId, timers, log } = this.#options;
    this.#stopGossip = timers.every(this.#limits.gossipMs, () => this.#guarded(() => this.#tick()));
    this.#gossip.spread();
    const configuration = this.current();
    if (configuration === undefined || memberOf(configuration, nodeId) !== undefined) return;
    log('info', outsiderNotice(nodeId, configuration));
  }

  /**
   * Call it when this broker's partitions are open: its entry says from now on that it has run, and operations of changes
   * are carried out here.
   */
  run(): void {
    const { nodeId, settings, timers } = this.#options;
    this.#guarded(() => {
      const configuration = this.current();
      const own = configuration === undefined ? undefined : memberOf(configuration, nodeId);
      if (configuration === undefined || own === undefined) return;
      const started = startedMember(own, settings.exporterIds, timers.wallMs());
      if (started !== own) this.#copy.set(withMember(configuration, started), 'own');
    });
    this.#executor.start();
  }

  /** The broker's copy; undefined until it has been found. It may change at any moment, see onChange. */
  current(): ClusterConfiguration | undefined {
    return this.#copy.configuration;
  }

  /** Calls back with every new configuration. A replica that vanished from this broker's own entry is to be closed. */
  onChange(listener: CopyListener): void {
    this.#copy.onChange(listener);
  }

  /** The broker that decides changes, as seen from here: the lowest member that can be reached. */
  coordinator(): MemberId | undefined {
    const configuration = this.current();
    if (configuration === undefined) return undefined;
    const present = new Set([...this.#options.exchange.reachable(), this.#options.nodeId]);
    return memberIds(configuration).find((member) => present.has(member));
  }

  /** Asks for a change, a dry run of one, or the end of one, on whatever broker. Never rejects. */
  request(request: ClusterRequest): Promise<ClusterAnswer> {
    return this.#desk.request(request);
  }

  /** A broker can be reached from now on. */
  peerUp(member: MemberId): void {
    if (this.#search !== undefined) this.#gossip.send([member], { kind: 'ask' });
    else this.#gossip.sendCopy([member]);
  }

  /** A broker cannot be reached any more. */
  peerDown(member: MemberId): void {
    this.#desk.onDown(member);
    this.#guarded(() => this.#completeChange());
  }

  /** What another broker sent by its exchange. Damaged bytes are dropped with a line in the log. */
  receive(from: MemberId, bytes: Uint8Array): void {
    if (this.#isClosed || this.#gossip.isKnown(bytes)) return;
    this.#guarded(() => this.#handle(from, decodeMessage(bytes)));
  }

  #handle(from: MemberId, message: ConfigurationMessage): void {
    switch (message.kind) {
      case 'gossip':
        if (!this.#hear(from, message.configuration)) return;
        if (this.#isBehind(message.configuration)) this.#gossip.sendCopy([from]);
        return;
      case 'ask':
        if (this.current() === undefined) this.#gossip.send([from], { kind: 'none' });
        else this.#gossip.sendCopy([from]);
        return;
      case 'none':
        this.#search?.onNone(from);
        return;
      case 'prepare':
      case 'accept':
        if (this.#hear(from, message.configuration)) this.#decisions.onAsked(from, message);
        return;
      case 'vote':
        if (!this.#hear(from, message.configuration)) return;
        this.#decisions.onVote(from, message.ballot, message.answer);
        return;
      case 'check':
        if (!this.#hear(from, message.configuration)) return;
        return this.#answerCheck(from, message.id, message.version);
      case 'checked':
        if (!this.#hear(from, message.configuration)) return;
        this.#check.onChecked(from, message.id, message.isNewest);
        return;
      case 'request':
        this.#answer(from, message.id, message.request);
        return;
      case 'answer':
        this.#desk.onAnswer(from, message.id, message.answer);
    }
  }

  #answerCheck(from: MemberId, id: number, version: number): void {
    const configuration = this.current();
    if (configuration === undefined) return;
    const isNewest = this.#check.isNewest(version);
    this.#gossip.send([from], { kind: 'checked', id, isNewest, configuration });
  }

  #answer(from: MemberId, id: number, request: ClusterRequest): void {
    this.#desk
      .handle(request)
      .then((answer) => this.#gossip.send([from], { kind: 'answer', id, answer }))
      .catch((error: unknown) => this.#problem(error));
  }

  /** Takes up what another broker knows. @returns false when it is of another cluster */
  #hear(from: MemberId, heard: ClusterConfiguration): boolean {
    const present = this.current();
    if (present === undefined) {
      if (this.#search === undefined) return false;
      this.#copy.set(heard, 'heard');
      this.#finish(heard, 'others');
      return true;
    }
    if (present.clusterId !== heard.clusterId) {
      this.#tellStranger(from, heard.clusterId, present.clusterId);
      return false;
    }
    this.#copy.set(mergeConfigurations(present, heard), 'heard');
    return true;
  }

  #tellStranger(from: MemberId, theirs: string, ours: string): void {
    if (this.#strangers.has(theirs)) return;
    this.#strangers.add(theirs);
    this.#options.log('error', strangerNotice(from, theirs, ours));
  }

  #isBehind(heard: ClusterConfiguration): boolean {
    const present = this.current();
    return present !== undefined && !sameConfiguration(present, heard);
  }

  #changed(now: ClusterConfiguration, source: 'own' | 'heard'): void {
    if (source === 'own') this.#gossip.spread();
    if (now.pendingChange?.pending.length === 0) this.#completeChange();
  }

  /** Now and then: whoever missed something hears it, and what nobody pursues any more is taken up. */
  #tick(): void {
    this.#gossip.spread();
    this.#decisions.carryOn();
    this.#completeChange();
  }

  /** All operations are done: the coordinator has that decided. */
  #completeChange(): void {
    const { nodeId, timers } = this.#options;
    const configuration = this.current();
    const plan = configuration?.pendingChange ?? null;
    if (configuration === undefined || plan === null || plan.pending.length > 0) return;
    if (this.#decisions.isBusy || this.coordinator() !== nodeId) return;
    const register = endedChange(configuration, plan, 'COMPLETED', timers.wallMs());
    this.#decisions.decide(register, configuration.voters).then(
      (outcome) => {
        if (outcome !== 'decided') return;
        this.#options.log('info', `change ${plan.id} is completed`);
      },
      (error: unknown) => this.#problem(error),
    );
  }

  /** A fault on the way costs the message or the round, both of which come again. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#problem(error);
    }
  }

  #problem(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof MessageError) this.#options.log('warn', text);
    else this.#options.log('error', `the cluster's configuration could not be kept: ${text}`);
  }

  /** Nothing is sent, written or carried out any more; waiting requests are answered. */
  close(): void {
    this.#isClosed = true;
    this.#gossip.close();
    this.#search?.stop();
    this.#found.reject(new Error('the broker was stopped before it found the configuration'));
    this.#stopGossip();
    this.#executor.close();
    this.#desk.close();
    this.#decisions.close();
  }
}

function foundConfiguration(
  configuration: ClusterConfiguration,
  origin: FoundConfiguration['origin'],
  nodeId: MemberId,
): FoundConfiguration {
  const own = memberOf(configuration, nodeId);
  const isFirstRun = own?.version === 0;
  const hasRun = own !== undefined && !isFirstRun && own.replicas.length > 0;
  return { configuration, origin, isFirstRun, isDiskNew: hasRun && origin === 'others' };
}

/** A random id in the usual form of UUIDs. */
function newClusterId(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`];
  return [...parts, `8${digits.slice(17, 20)}`, digits.slice(20)].join('-');
}
