/**
 * A replica without wasm: it runs the reference canister behind the replica port. The matching target encodes calls as JSON. The replica
 * delivers messages in any order, executes each step of a finish as a separate message, and supports snapshots.
 */
import type {
  Ability,
  Call,
  CanisterMetrics,
  Choice,
  Execution,
  InstallRequest,
  LogRecord,
  Outcome,
  PrincipalText,
  Reject,
  Replica,
  ReplicaInfo,
  Snapshot,
  Submission,
} from '../../replicas/replica.js';
import type { Limits } from '../../model/schedule.js';
import type { ReadResult, Result, Target } from '../../targets/target.js';
import type { UploadRequest } from '../../targets/upload.js';
import { uploadTarget } from '../../targets/upload.js';
import { ReferenceCanister, type Reply } from './reference-canister.js';
import type { ReferenceBug } from './reference-bugs.js';

interface Message {
  readonly id: string;
  readonly kind: 'ingress' | 'request';
  readonly root: string;
  readonly canister: PrincipalText;
  readonly caller: PrincipalText;
  /** Method of the ingress message at the root. */
  readonly method: string;
  readonly work:
    { readonly request: UploadRequest | { readonly op: 'capsule' } } | { readonly ticket: number };
}

interface FakeState {
  canisters: Map<PrincipalText, ReferenceCanister>;
  initArgs: Map<PrincipalText, Uint8Array>;
  waiting: Message[];
  outcomes: Map<string, Outcome>;
  /** Calls without an outcome, with the canister that executes them. */
  open: Map<string, PrincipalText>;
  /** Canisters that are stopping or stopped, with the message that requested it. */
  stopped: Map<PrincipalText, string>;
  messages: number;
  timeNs: bigint;
}

interface FakeSnapshot extends Snapshot {
  readonly state: FakeState;
}

/** The encoding of calls and replies. */
export interface FakeWire {
  /** The limits of an init argument. */
  limitsOf(arg: Uint8Array): Limits;
  /** The request of a call to the reference canister. */
  requestOf(call: Call, canister: ReferenceCanister): UploadRequest | { readonly op: 'capsule' };
  /** The bytes of a reply. Not called for rejects. */
  replyBytes(method: string, reply: Reply): Uint8Array;
}

export interface FakeReplicaOptions {
  /** Default: the JSON encoding of `fakeTarget`. */
  readonly wire?: FakeWire;
  readonly abilities?: readonly Ability[];
  readonly bug?: ReferenceBug | readonly ReferenceBug[] | undefined;
  /** If true, steps of a finish are never executed, so that calls that wait for them are never answered. */
  readonly losesSteps?: boolean;
}

const ALL_ABILITIES: readonly Ability[] = ['delivery-order', 'snapshot', 'heap-size', 'time', 'stop'];
const NOT_RUNNING: Reject = { kind: 'reject', code: 5, errorCode: 'IC0509', text: 'Canister is stopping' };
const MESSAGE_BYTES_MAX = 2 * 1024 * 1024;
const TOO_LARGE: Reject = {
  kind: 'reject',
  code: 1,
  errorCode: '',
  text: `BadIngressMessage("Message byte size is larger than the max allowed ${MESSAGE_BYTES_MAX}.")`,
};
const START_NS = 1_700_000_000_000_000_000n;

export class FakeReplica implements Replica {
  readonly info: ReplicaInfo;
  readonly #options: FakeReplicaOptions;
  readonly #wire: FakeWire;
  #state: FakeState = {
    canisters: new Map(),
    initArgs: new Map(),
    waiting: [],
    outcomes: new Map(),
    open: new Map(),
    stopped: new Map(),
    messages: 0,
    timeNs: START_NS,
  };

  constructor(options: FakeReplicaOptions = {}) {
    this.#options = options;
    this.#wire = options.wire ?? jsonWire;
    this.info = { name: 'fake', version: '1', abilities: new Set(options.abilities ?? ALL_ABILITIES) };
  }

  async createCanister(): Promise<PrincipalText> {
    return `canister-${this.#state.canisters.size + this.#state.messages}`;
  }

  async install({ canister, mode, arg }: InstallRequest): Promise<Outcome> {
    if (mode === 'upgrade') this.#canister(canister).upgrade();
    else
      this.#state.canisters.set(
        canister,
        new ReferenceCanister({ limits: this.#wire.limitsOf(arg), ...this.#bug() }),
      );
    this.#state.initArgs.set(canister, arg);
    return { kind: 'reply', bytes: new Uint8Array() };
  }

  #bug() {
    return this.#options.bug === undefined ? {} : { bug: this.#options.bug };
  }

  async stop(canister: PrincipalText): Promise<Submission> {
    const id = `m${this.#state.messages++}`;
    this.#state.stopped.set(canister, id);
    return { kind: 'accepted', id };
  }
  async start(canister: PrincipalText): Promise<Outcome> {
    this.#state.stopped.delete(canister);
    return { kind: 'reply', bytes: new Uint8Array() };
  }

  async submit(call: Call): Promise<Submission> {
    const { canister, caller, method, arg } = call;
    if (this.#state.stopped.has(canister)) return { kind: 'refused', reject: NOT_RUNNING };
    if (arg.length > MESSAGE_BYTES_MAX) return { kind: 'refused', reject: TOO_LARGE };
    const id = `m${this.#state.messages++}`;
    const work = { request: this.#wire.requestOf(call, this.#canister(canister)) };
    this.#state.open.set(id, canister);
    this.#state.waiting.push({ id, kind: 'ingress', root: id, canister, caller, method, work });
    return { kind: 'accepted', id };
  }

  async deliverable(): Promise<readonly Choice[]> {
    return this.#state.waiting.map(({ id, kind, root, canister, work }) => {
      const method = 'request' in work ? work.request.op : 'finish_step';
      return { id, kind, receiver: canister, method, root };
    });
  }

  async deliver(id: string): Promise<Execution> {
    const [choice] = (await this.deliverable()).filter((candidate) => candidate.id === id);
    const message = this.#state.waiting.find((candidate) => candidate.id === id);
    if (choice === undefined || message === undefined) throw new Error(`nothing to deliver under ${id}`);
    this.#state.waiting = this.#state.waiting.filter((candidate) => candidate !== message);
    this.#state.timeNs += 1n;
    const canister = this.#canister(message.canister);
    const reply = this.#executed(canister, message);
    if (reply.kind === 'pending') this.#follow(message, reply.ticket);
    else this.#answer(message, reply);
    const failure = reply.kind === 'rejected' ? rejectOf(reply) : undefined;
    return { choice, instructions: 1_000, failure };
  }

  #executed(canister: ReferenceCanister, { work, caller, canister: id }: Message): Reply {
    const isStopping = this.#state.stopped.has(id);
    if ('ticket' in work)
      return isStopping ? canister.interrupt(work.ticket) : canister.step(work.ticket, this.#state.timeNs);
    if (isStopping) return { ...NOT_RUNNING, kind: 'rejected' };
    if (work.request.op === 'capsule') return { kind: 'begun', sessionId: canister.capsuleOf(caller) };
    return canister.receive(caller, work.request, this.#state.timeNs);
  }

  #answer({ root, method }: Message, reply: Exclude<Reply, { kind: 'pending' }>): void {
    this.#state.open.delete(root);
    this.#state.outcomes.set(root, this.#outcome(method, reply));
  }

  #follow({ root, canister, caller, method }: Message, ticket: number): void {
    if (this.#options.losesSteps === true) return;
    const id = `m${this.#state.messages++}`;
    this.#state.waiting.push({ id, kind: 'request', root, canister, caller, method, work: { ticket } });
  }

  async round(): Promise<void> {
    for (const { id } of [...this.#state.waiting]) await this.deliver(id);
  }

  async poll(id: string): Promise<Outcome | undefined> {
    const stops = [...this.#state.stopped].find(([, message]) => message === id)?.[0];
    const isAtRest = stops !== undefined && ![...this.#state.open.values()].includes(stops);
    if (isAtRest) return { kind: 'reply', bytes: new Uint8Array() };
    return this.#state.outcomes.get(id);
  }

  async query(call: Call): Promise<Outcome> {
    const canister = this.#canister(call.canister);
    const request = this.#wire.requestOf(call, canister);
    if (request.op === 'capsule') throw new Error('a capsule is made by an update call');
    return this.#outcome(call.method, canister.receive(call.caller, request, this.#state.timeNs));
  }

  #outcome(method: string, reply: Reply): Outcome {
    return reply.kind === 'rejected'
      ? rejectOf(reply)
      : { kind: 'reply', bytes: this.#wire.replyBytes(method, reply) };
  }

  async time(): Promise<bigint> {
    return this.#state.timeNs;
  }
  async setTime(timeNs: bigint): Promise<void> {
    this.#state.timeNs = timeNs;
  }
  async metrics(canister: PrincipalText): Promise<CanisterMetrics> {
    return { ...this.#canister(canister).metrics(), instructions: 0, cycles: 0n };
  }
  async logs(): Promise<readonly LogRecord[]> {
    return [];
  }
  async stableMemory(): Promise<Uint8Array> {
    return new Uint8Array();
  }

  async snapshot(): Promise<Snapshot> {
    const snapshot: FakeSnapshot = { replica: 'fake', state: cloneState(this.#state) };
    return snapshot;
  }
  async restore(snapshot: Snapshot): Promise<void> {
    this.#state = cloneState((snapshot as FakeSnapshot).state);
  }
  async dispose(): Promise<void> {
    // There is nothing to release.
  }

  #canister(id: PrincipalText): ReferenceCanister {
    const canister = this.#state.canisters.get(id);
    if (canister === undefined) throw new Error(`no canister ${id}`);
    return canister;
  }
}

function cloneState(state: FakeState): FakeState {
  const canisters = [...state.canisters].map(([id, canister]) => [id, canister.clone()] as const);
  return { ...structuredClone({ ...state, canisters: undefined }), canisters: new Map(canisters) };
}

// ---- encoding: the length of a JSON text, the text, and the bytes that it refers to by offset and length ----

const LENGTH_BYTES = 4;

function toJson(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  let start = 0;
  const text = JSON.stringify(value, (_key, field: unknown) => {
    if (!(field instanceof Uint8Array)) return field;
    parts.push(field);
    start += field.length;
    return { bytesAt: start - field.length, length: field.length };
  });
  const json = Buffer.from(text);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(json.length);
  return Uint8Array.from(Buffer.concat([length, json, ...parts]));
}

function fromJson(bytes: Uint8Array): unknown {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = LENGTH_BYTES + all.readUInt32LE(0);
  return JSON.parse(all.toString('utf8', LENGTH_BYTES, end), (_key, field: unknown) => {
    const place = field as { readonly bytesAt?: unknown; readonly length?: unknown } | null;
    if (typeof place?.bytesAt !== 'number' || typeof place.length !== 'number') return field;
    return Uint8Array.from(all.subarray(end + place.bytesAt, end + place.bytesAt + place.length));
  });
}

function rejectOf({ errorCode, text }: Result & { kind: 'rejected' }): Reject {
  return {
    kind: 'reject',
    code: 5,
    errorCode,
    text,
  };
}

const jsonWire: FakeWire = {
  limitsOf: (arg) => fromJson(arg) as Limits,
  requestOf: ({ arg }) => fromJson(arg) as UploadRequest,
  replyBytes: (_method, reply) => toJson(reply),
};

const QUERIES: ReadonlySet<string> = new Set(['status', 'list', 'readMeta', 'readChunk', 'readWhole']);

/** The operations of the reference canister. It has neither memories nor statistics. */
const OPERATIONS: readonly UploadRequest['op'][] = [
  'begin',
  'put',
  'finish',
  'abort',
  'pause',
  'resume',
  'status',
  'readMeta',
  'readChunk',
  'readWhole',
  'cleanup',
  'list',
];

const { olderModule: _module, http: _http, ...sharedTarget } = uploadTarget;

export const fakeTarget: Target = {
  ...sharedTarget,
  name: 'fake',
  operations: new Set(OPERATIONS),
  takesNewLimits: false,
  encodeInitArg: (limits) => toJson(limits),
  prepareCaller: () => ({ kind: 'update', method: 'capsule', arg: toJson({ op: 'capsule' }) }),
  decodeCapsule: (outcome) =>
    outcome.kind === 'reply' ? (fromJson(outcome.bytes) as { sessionId: string }).sessionId : '',
  encode: (request) => ({
    kind: QUERIES.has(request.op) ? 'query' : 'update',
    method: request.op,
    arg: toJson(request),
  }),
  decode: (_request, outcome) => {
    if (outcome.kind === 'reply') return fromJson(outcome.bytes) as Result | ReadResult;
    const { code, errorCode, text } = outcome;
    return { kind: 'rejected', code, errorCode, text };
  },
};
