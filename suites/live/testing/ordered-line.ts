/**
 * The client on an embedded replica, without network and without clock: its calls wait in the replica's pool, and a plan says which
 * message is executed next and which calls meet a fault. The same plan gives the same run.
 */
import { IDL } from '@icp-sdk/core/candid';
import { CanisterConnection } from '../../../client/canister-connection.js';
import { CallFailure, type CallOptions } from '../../../client/connection.js';
import { uploadService } from '../../../client/idl.js';
import { VirtualClock } from '../../../client/testing/virtual-clock.js';
import type { Call, MessageId, Outcome, Reject, Replica } from '../../../replicas/replica.js';

/**
 * - `drop-request`: never gets there.
 * - `drop-answer`: executed, and its answer is lost.
 * - `late`: the client is told at once that the line broke; the message stays in the pool and is executed when its turn comes.
 * - `busy`: rejected by the replica for the moment.
 */
export type LineFault = 'drop-request' | 'drop-answer' | 'late' | 'busy';

export interface LinePlan {
  /** Which of the messages that may come next is executed, modulo their number; behind its end always the oldest. */
  readonly order: readonly number[];
  /** What the n-th update call meets. */
  readonly faults?: ReadonlyMap<number, LineFault>;
  /** Run between deliveries: before the n-th one. */
  readonly events?: ReadonlyMap<number, () => Promise<void>>;
  /** So many uploads begin together: the first is not executed before the last has arrived, however long pictures take. */
  readonly uploadsTogether: number;
}

interface Waiting {
  readonly method: string;
  readonly settle: (outcome: Outcome) => void;
}

const FUNCTIONS = new Map(uploadService._fields as [string, IDL.FuncClass][]);
/** As the agent's connection has it. */
const CHUNK_BYTES_MAX = 2_096_128;
/** Turns of the event loop without a new call after which the client has nothing more to do by itself. */
const QUIET_TURNS = 3;
/** For pictures to be made in real time. */
const REAL_WAIT_MAX_MS = 10_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class OrderedLine {
  readonly clock = new VirtualClock();
  /** Methods in the order in which they were executed, `method caller`. */
  readonly executed: string[] = [];
  readonly #waiting = new Map<MessageId, Waiting>();
  #calls = 0;
  #updates = 0;
  #begins = 0;
  #deliveries = 0;

  readonly #replica: Replica;
  readonly #canister: string;
  readonly #plan: LinePlan;

  constructor(replica: Replica, canister: string, plan: LinePlan) {
    this.#replica = replica;
    this.#canister = canister;
    this.#plan = plan;
  }

  connect(caller: string): CanisterConnection {
    return new LineConnection(caller, this.#canister, this);
  }

  /** Runs until the work is settled and every message that was sent is executed; answers like the work. */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    work.then(done, done);
    for (let realWaitMs = 0; ;) {
      await this.#quiet();
      if (await this.#deliverNext()) continue;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- `done` sets it while this loop waits
      if (settled) return work;
      // A lane that waits to try again must not get ahead of one whose pictures are being made.
      if (!(this.#gathering() && this.#begins > 0) && this.clock.wakeNext()) continue;
      if (realWaitMs >= REAL_WAIT_MAX_MS) throw new Error('nothing is left to wait for');
      await new Promise((resolve) => setTimeout(resolve, 2));
      realWaitMs += 2;
    }
  }

  async query(call: Call): Promise<Outcome> {
    this.#calls += 1;
    return this.#replica.query(call);
  }

  async update(call: Call): Promise<Outcome> {
    const { method } = call;
    this.#calls += 1;
    if (method === 'uploads_begin') this.#begins += 1;
    const fault = this.#plan.faults?.get(this.#updates++);
    if (fault === 'drop-request') throw broken(method);
    if (fault === 'busy') throw rejected(method, BUSY);
    const submission = await this.#replica.submit(call);
    if (submission.kind === 'refused') throw rejected(method, submission.reject);
    const outcome = await new Promise<Outcome | 'broken'>((settle) => {
      this.#waiting.set(submission.id, { method, settle });
      if (fault === 'late') settle('broken');
    });
    if (outcome === 'broken' || fault === 'drop-answer') throw broken(method);
    return outcome;
  }

  /** Until the client waits for answers, for time or for a picture. */
  async #quiet(): Promise<void> {
    for (let turns = 0, calls = this.#calls; turns < QUIET_TURNS; turns += 1) {
      await turn();
      if (this.#calls !== calls) turns = 0;
      calls = this.#calls;
    }
  }

  #gathering(): boolean {
    return this.#begins < this.#plan.uploadsTogether;
  }

  async #deliverNext(): Promise<boolean> {
    const all = await this.#replica.deliverable();
    const choices = all.filter(
      ({ kind, method }) =>
        (kind === 'ingress' || kind === 'request' || kind === 'response') &&
        !(this.#gathering() && method === 'uploads_begin'),
    );
    if (choices.length === 0) return false;
    const number = this.#deliveries++;
    await this.#plan.events?.get(number)?.();
    const choice = choices[(this.#plan.order[number] ?? 0) % choices.length]!;
    // An event may have ended what was to be executed.
    if ((await this.#replica.deliverable()).some(({ id }) => id === choice.id)) {
      await this.#replica.deliver(choice.id);
      this.executed.push(choice.method);
    }
    for (const [id, { settle }] of this.#waiting) {
      const outcome = await this.#replica.poll(id);
      if (outcome === undefined) continue;
      this.#waiting.delete(id);
      settle(outcome);
    }
    return true;
  }
}

const BUSY: Reject = { kind: 'reject', code: 2, errorCode: 'IC0201', text: 'Ingress queue is full' };

function broken(method: string): CallFailure {
  return new CallFailure('transport', method, 'the connection was reset');
}
function rejected(method: string, { code, errorCode, text }: Reject): CallFailure {
  return new CallFailure('reject', method, text, { code, errorCode, text });
}

class LineConnection extends CanisterConnection {
  readonly #line: OrderedLine;

  constructor(caller: string, canister: string, line: OrderedLine) {
    super({ caller, canister, chunkBytesMax: CHUNK_BYTES_MAX });
    this.#line = line;
  }

  async call<T>(method: string, args: unknown[], options?: CallOptions): Promise<T> {
    options?.signal?.throwIfAborted();
    const { argTypes, retTypes, annotations } = FUNCTIONS.get(method)!;
    const arg = Uint8Array.from(IDL.encode(argTypes, args));
    const call: Call = { canister: this.canister, method, arg, caller: this.caller };
    const outcome = await (annotations.includes('query') ? this.#line.query(call) : this.#line.update(call));
    if (outcome.kind === 'reject') throw rejected(method, outcome);
    return IDL.decode(retTypes, outcome.bytes)[0] as T;
  }

  async logs(): Promise<readonly string[]> {
    throw new CallFailure('reject', 'fetch_canister_logs', 'only the controllers may read the log', {
      code: 4,
      errorCode: 'IC0406',
      text: 'only the controllers may read the log',
    });
  }
}
