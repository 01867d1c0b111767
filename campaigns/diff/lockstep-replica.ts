/**
 * A replica whose clock and rounds this class controls. Two of them that receive the same requests show their canisters the same times and
 * the same number of rounds, so that any difference in behaviour is a difference between the replicas.
 *
 * - The clock advances by one beat before every request, and before a round if the one before had the same time. A replica that runs
 *   additional rounds of its own (PocketIC does for an install or for metrics) does not drift.
 * - Messages are executed in rounds. Two more rounds after each request, at its time, run the timers that are due.
 * - A query runs a round before it only if messages are in flight or the clock has advanced since the latest round.
 * - Every canister is new: there are no snapshots.
 * - After every response it records the sizes of the memories.
 */
import { Principal } from '@icp-sdk/core/principal';
import type {
  Ability,
  Call,
  CanisterMetrics,
  Choice,
  CreateCanisterOptions,
  Execution,
  InstallRequest,
  LogRecord,
  MessageId,
  Outcome,
  PrincipalText,
  Replica,
  ReplicaInfo,
  Snapshot,
  Submission,
} from '../../replicas/replica.js';
import { ReplicaError } from '../../replicas/replica.js';

/** 2033-05-18: later than the start of any replica, because clocks cannot go back. */
const START_NS = 2_000_000_000_000_000_000n;
const BEAT_NS = 1_000_000n;
const SETTLING_ROUNDS = 2;

/** Self-authenticating, so that it is not mistaken for a canister. It is the same on both sides, because canisters can see it. */
const CONTROLLER: PrincipalText = Principal.selfAuthenticating(
  new TextEncoder().encode('upload-stress controller in lockstep'),
).toText();

/** The sizes of a canister's memories at a time. */
export interface Observation {
  /** Replica time, as in the events of a history. */
  readonly timeNs: string;
  readonly heapBytes: number;
  readonly stableBytes: number;
  /** Undefined if the replica does not report them. */
  readonly instructions: number | undefined;
}

const UNSUPPORTED: ReadonlySet<Ability> = new Set(['delivery-order', 'snapshot']);

export class LockstepReplica implements Replica {
  readonly info: ReplicaInfo;
  readonly #inner: Replica;
  readonly #receivers = new Map<MessageId, PrincipalText>();
  /** Messages since the latest round. A replica that executes some of them at once hides that: a server answers after a round. */
  readonly #waiting = new Set<MessageId>();
  /** Whether no round has run at the time of the clock. */
  #isRoundDue = true;
  #clockNs = START_NS;
  #observations: Observation[] = [];
  #roundTimesNs: bigint[] = [];
  /** Those of the latest schedule, in the order of their creation. */
  #canisters: PrincipalText[] = [];

  /** @param common the abilities of both sides */
  constructor(inner: Replica, common: ReadonlySet<Ability>) {
    this.#inner = inner;
    const abilities = new Set([...common].filter((ability) => !UNSUPPORTED.has(ability)));
    this.info = { ...inner.info, abilities };
  }

  /** Forgets what the `take` methods would return, for a new schedule. */
  forget(): void {
    this.#observations = [];
    this.#roundTimesNs = [];
    this.#canisters = [];
  }

  /** Returns the observations since the last call. */
  takeObservations(): readonly Observation[] {
    const taken = this.#observations;
    this.#observations = [];
    return taken;
  }

  /** Returns the times of the rounds since the last call, in order. */
  takeRoundTimes(): readonly bigint[] {
    const taken = this.#roundTimesNs;
    this.#roundTimesNs = [];
    return taken;
  }

  /** Stable memories of the canisters since the last call, in the order of creation; none if the replica cannot read them. */
  async takeStableMemories(): Promise<readonly Uint8Array[]> {
    const taken = this.#canisters;
    this.#canisters = [];
    const memories: Uint8Array[] = [];
    if (!this.info.abilities.has('stable-memory')) return memories;
    for (const canister of taken) memories.push(await this.#inner.stableMemory(canister));
    return memories;
  }

  async createCanister(options: CreateCanisterOptions = {}): Promise<PrincipalText> {
    await this.#beat();
    const canister = await this.#inner.createCanister({ controller: CONTROLLER, ...options });
    this.#canisters.push(canister);
    return canister;
  }

  async install(request: InstallRequest): Promise<Outcome> {
    await this.#beat();
    const outcome = await this.#inner.install(request);
    await this.#settle(request.canister);
    return outcome;
  }

  async stop(canister: PrincipalText): Promise<Submission> {
    await this.#beat();
    return this.#accepted(await this.#inner.stop(canister));
  }

  async start(canister: PrincipalText): Promise<Outcome> {
    await this.#beat();
    const outcome = await this.#inner.start(canister);
    await this.#settle(canister);
    return outcome;
  }

  async submit(call: Call): Promise<Submission> {
    await this.#beat();
    const submission = this.#accepted(await this.#inner.submit(call));
    if (submission.kind === 'accepted') this.#receivers.set(submission.id, call.canister);
    return submission;
  }

  #accepted(submission: Submission): Submission {
    if (submission.kind === 'accepted') this.#waiting.add(submission.id);
    return submission;
  }

  async round(): Promise<void> {
    if (!this.#isRoundDue) await this.#beat();
    await this.#roundNow();
  }

  async #roundNow(): Promise<void> {
    await this.#inner.round();
    this.#isRoundDue = false;
    this.#waiting.clear();
    this.#roundTimesNs.push(this.#clockNs);
  }

  async poll(id: MessageId): Promise<Outcome | undefined> {
    if (this.#waiting.has(id)) return undefined;
    const outcome = await this.#inner.poll(id);
    const receiver = this.#receivers.get(id);
    if (outcome !== undefined && receiver !== undefined) {
      this.#receivers.delete(id);
      await this.#settle(receiver);
    }
    return outcome;
  }

  /** A query sees the time of the latest round. */
  async query(call: Call): Promise<Outcome> {
    if (this.#isRoundDue || this.#receivers.size > 0 || this.#waiting.size > 0) await this.round();
    return await this.#inner.query(call);
  }

  time(): Promise<bigint> {
    return Promise.resolve(this.#clockNs);
  }

  async setTime(timeNs: bigint): Promise<void> {
    if (timeNs < this.#clockNs) throw new ReplicaError(`time cannot go back to ${timeNs} ns`);
    await this.#setClock(timeNs);
    // Timers that became due run now, not among the messages of the next request.
    for (let round = 0; round < SETTLING_ROUNDS; round++) await this.#roundNow();
  }

  metrics(canister: PrincipalText): Promise<CanisterMetrics> {
    return this.#inner.metrics(canister);
  }
  logs(canister: PrincipalText): Promise<readonly LogRecord[]> {
    return this.#inner.logs(canister);
  }
  stableMemory(canister: PrincipalText): Promise<Uint8Array> {
    return this.#inner.stableMemory(canister);
  }

  deliverable(): Promise<readonly Choice[]> {
    return Promise.reject(unsupported());
  }
  deliver(): Promise<Execution> {
    return Promise.reject(unsupported());
  }
  snapshot(): Promise<Snapshot> {
    return Promise.reject(unsupported());
  }
  restore(): Promise<void> {
    return Promise.reject(unsupported());
  }

  dispose(): Promise<void> {
    return this.#inner.dispose();
  }

  async #beat(): Promise<void> {
    await this.#setClock(this.#clockNs + BEAT_NS);
  }

  async #setClock(timeNs: bigint): Promise<void> {
    this.#clockNs = timeNs;
    this.#isRoundDue = true;
    await this.#inner.setTime(timeNs);
  }

  /** Records the memory sizes with the time of the response, which identifies the event in the history. */
  async #settle(canister: PrincipalText): Promise<void> {
    const timeNs = String(this.#clockNs);
    for (let round = 0; round < SETTLING_ROUNDS; round++) await this.#roundNow();
    const { heapBytes, stableBytes, instructions } = await this.#inner.metrics(canister);
    this.#observations.push({
      timeNs,
      heapBytes,
      stableBytes,
      instructions: this.info.abilities.has('instructions') ? instructions : undefined,
    });
  }
}

function unsupported(): ReplicaError {
  return new ReplicaError('a replica in lockstep runs in rounds, without snapshots');
}
