/**
 * A replica on a fixed beat: two of them, given the same acts, show their canisters the same times and the same number of rounds.
 * Then whatever a canister does must be equal to the last byte, and whatever differs is a difference of the replicas.
 *
 * - The clock is ours. It moves by one beat before every act and before every round, so that a replica whose own rounds are
 *   counted otherwise (PocketIC runs some for an install or for metrics) does not drift.
 * - Messages are executed in rounds, and after each act two more settle timers that were set to now.
 * - Every canister is new: no snapshots.
 * - After every answer the sizes of memory are noted.
 */
import { Principal } from '@dfinity/principal';
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

/** 2033-05-18: later than any replica's own start, whose clock cannot go back. */
const START_NS = 2_000_000_000_000_000_000n;
const BEAT_NS = 1_000_000n;
const SETTLING_ROUNDS = 2;

/** Self-authenticating, so that nothing takes it for a canister; the same on both sides, as canisters may look at it. */
const CONTROLLER: PrincipalText = Principal.selfAuthenticating(
  new TextEncoder().encode('upload-stress controller in lockstep'),
).toText();

/** What a canister's memories came to at a time. */
export interface Observation {
  /** Replica time, as the events of a History have it. */
  readonly timeNs: string;
  readonly heapBytes: number;
  readonly stableBytes: number;
  /** Undefined where the replica does not report them. */
  readonly instructions: number | undefined;
}

const WITHHELD: ReadonlySet<Ability> = new Set(['delivery-order', 'snapshot']);

export class LockstepReplica implements Replica {
  readonly info: ReplicaInfo;
  readonly #inner: Replica;
  readonly #receivers = new Map<MessageId, PrincipalText>();
  #clockNs = START_NS;
  #observations: Observation[] = [];
  #latest: PrincipalText | undefined;

  /** `common`: the abilities that both sides have. */
  constructor(inner: Replica, common: ReadonlySet<Ability>) {
    this.#inner = inner;
    const abilities = new Set([...common].filter((ability) => !WITHHELD.has(ability)));
    this.info = { ...inner.info, abilities };
  }

  /** What was noted since the last time. */
  takeObservations(): readonly Observation[] {
    const taken = this.#observations;
    this.#observations = [];
    return taken;
  }

  /** Stable memory of the canister that was created last; undefined if the replica cannot tell. */
  async latestStableMemory(): Promise<Uint8Array | undefined> {
    if (this.#latest === undefined || !this.info.abilities.has('stable-memory')) return undefined;
    return await this.#inner.stableMemory(this.#latest);
  }

  async createCanister(options: CreateCanisterOptions = {}): Promise<PrincipalText> {
    await this.#beat();
    this.#latest = await this.#inner.createCanister({ controller: CONTROLLER, ...options });
    return this.#latest;
  }

  async install(request: InstallRequest): Promise<Outcome> {
    await this.#beat();
    const outcome = await this.#inner.install(request);
    await this.#settle(request.canister);
    return outcome;
  }

  async stop(canister: PrincipalText): Promise<Submission> {
    await this.#beat();
    return await this.#inner.stop(canister);
  }

  async start(canister: PrincipalText): Promise<Outcome> {
    await this.#beat();
    const outcome = await this.#inner.start(canister);
    await this.#settle(canister);
    return outcome;
  }

  async submit(call: Call): Promise<Submission> {
    await this.#beat();
    const submission = await this.#inner.submit(call);
    if (submission.kind === 'accepted') this.#receivers.set(submission.id, call.canister);
    return submission;
  }

  async round(): Promise<void> {
    await this.#beat();
    await this.#inner.round();
  }

  async poll(id: MessageId): Promise<Outcome | undefined> {
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
    await this.round();
    return await this.#inner.query(call);
  }

  time(): Promise<bigint> {
    return Promise.resolve(this.#clockNs);
  }

  async setTime(timeNs: bigint): Promise<void> {
    if (timeNs < this.#clockNs) throw new ReplicaError(`time cannot go back to ${timeNs} ns`);
    this.#clockNs = timeNs;
    await this.#inner.setTime(timeNs);
    // What became due runs now, not among the messages of the next act.
    for (let round = 0; round < SETTLING_ROUNDS; round++) await this.round();
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
    return Promise.reject(withheld());
  }
  deliver(): Promise<Execution> {
    return Promise.reject(withheld());
  }
  snapshot(): Promise<Snapshot> {
    return Promise.reject(withheld());
  }
  restore(): Promise<void> {
    return Promise.reject(withheld());
  }

  dispose(): Promise<void> {
    return this.#inner.dispose();
  }

  async #beat(): Promise<void> {
    this.#clockNs += BEAT_NS;
    await this.#inner.setTime(this.#clockNs);
  }

  /** Noted with the time of the answer, by which the History's event is found. */
  async #settle(canister: PrincipalText): Promise<void> {
    const timeNs = String(this.#clockNs);
    for (let round = 0; round < SETTLING_ROUNDS; round++) await this.round();
    const { heapBytes, stableBytes, instructions } = await this.#inner.metrics(canister);
    this.#observations.push({
      timeNs,
      heapBytes,
      stableBytes,
      instructions: this.info.abilities.has('instructions') ? instructions : undefined,
    });
  }
}

function withheld(): ReplicaError {
  return new ReplicaError('replicas in lockstep run in rounds, without snapshots');
}
