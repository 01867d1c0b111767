/**
 * Runs a Schedule on a replica and writes the History. It judges nothing: an answer is recorded whatever it says, and a call that
 * is never answered is recorded as such.
 */
import type { FileReader } from '../model/content.js';
import type { Limits, Operation, Schedule, Step } from '../model/schedule.js';
import type {
  Call,
  Choice,
  MessageId,
  Outcome,
  PrincipalText,
  Reject,
  Replica,
} from '../replicas/replica.js';
import type { EncodedRequest, Request, Result, Target } from '../targets/target.js';
import { epilogueCalls, sessionsOfLabels } from './epilogue.js';
import type { History } from './history.js';
import { drainMessagesMax } from './hash-steps.js';
import { InputError } from './input-error.js';
import { translationOf, type Translation } from './interfaces.js';
import { Labels } from './labels.js';
import { type Answered, asResult, lengthOf, Queries } from './queries.js';
import { Recorder } from './recorder.js';
import { restart } from './restart.js';
import { requestOf, type RequestContext, type SessionOperation } from './requests.js';
import { throwIfStopped, type StopSignal } from './stop-signal.js';

/** The canister under test as set-up left it. */
export interface PreparedCanister {
  readonly canister: PrincipalText;
  /** The module that upgrades bring. */
  readonly wasm: Uint8Array;
  /** The argument of an upgrade that sets these limits. */
  readonly initArg: (limits: Limits) => Uint8Array;
  /** Caller i of the schedule, with the capsule that set-up made for it (empty if the target has none). */
  readonly callers: readonly PreparedCaller[];
}

export interface PreparedCaller {
  readonly principal: PrincipalText;
  readonly capsuleId: string;
  /** For its calls over HTTP; undefined if the schedule has none. */
  readonly token?: string | undefined;
}

export interface RunOptions extends PreparedCanister {
  readonly replica: Replica;
  readonly target: Target;
  readonly schedule: Schedule;
  /** Reads the user's files, if the schedule names any. */
  readonly reader?: FileReader | undefined;
  readonly signal?: StopSignal | undefined;
}

/**
 * Bound of a drain on a replica that runs in rounds, far above what any schedule needs: reaching it means that something goes on
 * for ever, and its calls are recorded as not answered. For the other, in messages, see `hash-steps.ts`.
 */
export const ROUNDS_MAX = 1_000;
/** A round of a replica that chooses the order itself executes a waiting call; a few more allow for one that is only slow. */
const ROUNDS_PER_BEGIN_MAX = 10;

/** How the reason of an `info` event begins when a call was simply never answered: a liveness violation. */
export const UNANSWERED = 'no answer';
/** How it begins when an upgrade took away the call's callbacks. */
export const CUT_SHORT = 'an upgrade cut it short';

/** What an upload leaves behind is seen once it is complete or given up: then sizes of memory are recorded. */
export const RELEASING: ReadonlySet<Operation['op']> = new Set(['abort', 'cleanup', 'deleteMemory']);

interface OpenCall {
  readonly call: number;
  readonly lane: number;
  readonly operation: Operation;
  readonly request: Request;
  readonly by: Translation;
  /** Its first message was executed. */
  delivered: boolean;
  /** An upgrade came between its first message and its answer. */
  cutShort: boolean;
}

/** @throws Interrupted if `signal` asked to stop */
export async function runSchedule(options: RunOptions): Promise<History> {
  return new Run(options).all();
}

class Run {
  readonly #options: RunOptions;
  readonly #replica: Replica;
  readonly #target: Target;
  readonly #recorder: Recorder;
  readonly #queries: Queries;
  readonly #context: RequestContext;
  readonly #choosesOrder: boolean;
  readonly #drainMessagesMax: number;
  readonly #open = new Map<MessageId, OpenCall>();
  readonly #labels: Labels;
  /** Given by init argument, at first or by an upgrade. */
  #limits: Limits;
  #calls = 0;
  /** What calls answered, while somebody waits for it. */
  #answers: Map<number, Result> | undefined;

  constructor(options: RunOptions) {
    const { replica, target, schedule, callers, canister, reader } = options;
    this.#options = options;
    this.#replica = replica;
    this.#target = target;
    this.#recorder = new Recorder(replica, canister);
    this.#queries = new Queries({ ...options, update: (one) => this.#updateToEnd(one) });
    this.#choosesOrder = replica.info.abilities.has('delivery-order');
    this.#drainMessagesMax = drainMessagesMax(schedule);
    this.#limits = schedule.limits;
    this.#labels = new Labels(schedule.limits.chunkSize ?? target.defaultChunkSize);
    this.#context = {
      schedule,
      defaultChunkSize: target.defaultChunkSize,
      capsuleIds: callers.map(({ capsuleId }) => capsuleId),
      reader,
    };
  }

  async all(): Promise<History> {
    const recorder = this.#recorder;
    await recorder.refreshTime();
    await recorder.skipLogs();
    await recorder.recordMetrics('start');
    const { steps } = this.#options.schedule;
    for (const [index, step] of steps.entries()) {
      throwIfStopped(this.#options.signal);
      recorder.step = index;
      await this.#step(step);
      await recorder.recordLogs();
    }
    recorder.step = steps.length;
    await this.#drain();
    await recorder.recordLogs();
    this.#recordUnanswered();
    await this.#epilogue();
    await recorder.recordMetrics('end');
    return recorder.history(this.#target.name);
  }

  #step(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        return this.#call(step.lane, step.operation, step.hold === true);
      case 'deliver':
        return this.#deliver(step.pick);
      case 'drain':
        return this.#drain();
      case 'advance':
        return this.#advance(step.seconds);
      case 'upgrade':
        return this.#upgrade(step.limits);
      case 'restart':
        return this.#restart();
    }
  }

  // ---- call ----

  async #call(lane: number, operation: Operation, hold: boolean): Promise<void> {
    const call = this.#calls++;
    const skip = (reason: string) =>
      this.#recorder.record({ type: 'skipped', call, lane, operation, reason });
    if (operation.op === 'read') return this.#read(call, lane, operation, skip);
    const isForeign = 'capsuleOf' in operation && operation.capsuleOf !== undefined;
    if (isForeign && this.#target.prepareCaller === undefined) return skip('the target has no capsules');
    const request = requestOf(operation, this.#labels, this.#context);
    if (typeof request === 'string') return skip(request);
    const { principal: caller, token } = this.#callerOf(operation);
    const by = translationOf(operation, this.#target, token);
    if (typeof by === 'string') return skip(by);
    const encoded = by.encode(request);
    if (encoded === undefined) return skip(`the target has no ${operation.op}`);
    this.#recorder.record({ type: 'invoke', call, lane, operation, argBytes: encoded.arg.length });
    if (encoded.kind === 'query')
      return this.#end(call, lane, operation, await this.#queries.ask(request, encoded, caller, by));
    await this.#submit(
      { call, lane, operation, request, by, delivered: false, cutShort: false },
      encoded,
      caller,
      hold,
    );
  }

  #callerOf(operation: Operation): PreparedCaller {
    const index = this.#labels.callerOf(operation);
    const caller = this.#options.callers[index];
    if (caller === undefined)
      throw new InputError(`schedule: an operation names caller ${index}, and there are fewer`);
    return caller;
  }

  async #submit(
    open: OpenCall,
    { method, arg }: EncodedRequest,
    caller: PrincipalText,
    hold: boolean,
  ): Promise<void> {
    const { canister } = this.#options;
    const submission = await this.#replica.submit({ canister, method, arg, caller });
    if (submission.kind === 'refused') {
      const refused = { result: rejected(submission.reject), replyBytes: undefined };
      return this.#end(open.call, open.lane, open.operation, refused);
    }
    this.#open.set(submission.id, open);
    if (hold) return;
    if (!this.#choosesOrder) return this.#roundsFor(submission.id, open.operation.op === 'begin');
    const choices = await this.#replica.deliverable();
    const own = choices.findLast(({ kind, root }) => kind === 'ingress' && root === submission.id);
    if (own !== undefined) await this.#execute(own);
  }

  /** One round; for `begin` as many as its answer takes, since the lane cannot go on without a session. */
  async #roundsFor(id: MessageId, untilAnswered: boolean): Promise<void> {
    for (
      let rounds = 0;
      rounds < (untilAnswered ? ROUNDS_PER_BEGIN_MAX : 1) && this.#open.has(id);
      rounds++
    ) {
      await this.#round();
    }
  }

  /** `sessionId`: of the session that an update was about. */
  #end(
    call: number,
    lane: number,
    operation: Operation,
    { result, replyBytes }: Answered,
    sessionId?: string,
  ): void {
    const isFailure = ['error', 'rejected', 'undecodable'].includes(result.kind);
    const length = replyBytes === undefined ? {} : { replyBytes };
    this.#recorder.record({ type: isFailure ? 'fail' : 'ok', call, lane, operation, result, ...length });
    this.#answers?.set(call, result);
    if (!isFailure) this.#labels.learn(operation, result, sessionId);
  }

  // ---- read ----

  async #read(
    call: number,
    lane: number,
    operation: SessionOperation & { op: 'read' },
    skip: (reason: string) => void,
  ): Promise<void> {
    const finished = this.#labels.finishOf(operation.session);
    if (finished === undefined) return skip(`no finish of session ${operation.session} has answered a blob`);
    const { principal: caller, token } = this.#callerOf(operation);
    const by = translationOf(operation, this.#target, token);
    if (typeof by === 'string') return skip(by);
    const blobId = by.readsBy === 'memory' ? finished.memoryId : finished.blobId;
    if (blobId === undefined) return skip(`the finish of session ${operation.session} has made no memory`);
    const encoded = by.encode({ op: 'readMeta', blobId });
    if (encoded === undefined) return skip('the target has no read');
    this.#recorder.record({ type: 'invoke', call, lane, operation, argBytes: encoded.arg.length });
    this.#end(call, lane, operation, await this.#queries.readBlob(blobId, caller, by));
  }

  /** What reads over HTTP are made of: nothing else is delivered meanwhile, where that can be chosen. */
  async #updateToEnd(call: Call): Promise<Outcome> {
    const submission = await this.#replica.submit(call);
    if (submission.kind === 'refused') return submission.reject;
    const { id } = submission;
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      throwIfStopped(this.#options.signal);
      if (this.#choosesOrder) {
        const own = (await this.#replica.deliverable()).find(({ root }) => root === id);
        if (own !== undefined) await this.#replica.deliver(own.id);
        await this.#recorder.refreshTime();
      } else await this.#round();
      const outcome = await this.#replica.poll(id);
      if (outcome !== undefined) return outcome;
    }
    return { kind: 'reject', code: 6, errorCode: 'none', text: `${UNANSWERED} within ${ROUNDS_MAX} rounds` };
  }

  // ---- deliver, drain ----

  async #deliver(pick: number): Promise<void> {
    if (!this.#choosesOrder) return this.#round();
    const choices = await this.#replica.deliverable();
    const chosen = choices[pick % choices.length];
    if (chosen !== undefined) await this.#execute(chosen);
  }

  /** Executes one message and records it and the answer it led to. */
  async #execute(choice: Choice): Promise<void> {
    const { instructions, failure } = await this.#replica.deliver(choice.id);
    await this.#recorder.refreshTime();
    const open = choice.root === undefined ? undefined : this.#open.get(choice.root);
    if (open !== undefined && choice.kind === 'ingress' && !open.delivered) {
      open.delivered = true;
      const { call, lane, operation } = open;
      this.#recorder.record({ type: 'delivered', call, lane, operation, instructions });
    } else {
      this.#recorder.record({
        type: 'message',
        kind: choice.kind,
        method: choice.method,
        call: open?.call,
        instructions,
        failure: failure === undefined ? undefined : `${failure.errorCode} ${failure.text}`,
      });
    }
    if (choice.root === undefined) await this.#pollAll();
    else await this.#poll(choice.root);
  }

  async #round(): Promise<void> {
    await this.#replica.round();
    await this.#recorder.refreshTime();
    await this.#pollAll();
  }

  async #pollAll(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.#poll(id);
  }

  async #poll(id: MessageId): Promise<void> {
    const open = this.#open.get(id);
    const outcome = open === undefined ? undefined : await this.#replica.poll(id);
    if (open === undefined || outcome === undefined) return;
    this.#open.delete(id);
    const result = this.#answered(open, outcome);
    const { op } = open.operation;
    if (result?.kind === 'finished' || (result?.kind === 'done' && RELEASING.has(op)))
      await this.#recorder.recordMetrics(`after ${op}`);
  }

  #answered(
    { call, lane, operation, request, by, cutShort }: OpenCall,
    outcome: Outcome,
  ): Result | undefined {
    if (cutShort && outcome.kind === 'reject') {
      const reason = `${CUT_SHORT}: ${outcome.errorCode} ${outcome.text}`;
      this.#recorder.record({ type: 'info', call, lane, operation, reason });
      return undefined;
    }
    const result = asResult(by.decode(request, outcome));
    const sessionId = 'sessionId' in request ? request.sessionId : undefined;
    this.#end(call, lane, operation, { result, replyBytes: lengthOf(outcome) }, sessionId);
    return result;
  }

  async #drain(): Promise<void> {
    if (!this.#choosesOrder) {
      for (let rounds = 0; rounds < ROUNDS_MAX && this.#open.size > 0; rounds++) {
        throwIfStopped(this.#options.signal);
        await this.#round();
      }
      return;
    }
    for (let messages = 0; messages < this.#drainMessagesMax; messages++) {
      throwIfStopped(this.#options.signal);
      const choices = await this.#replica.deliverable();
      // A heartbeat is always deliverable, so it counts as in flight only while somebody waits for it.
      const oldest =
        choices.find(({ kind }) => kind !== 'heartbeat') ?? (this.#open.size > 0 ? choices[0] : undefined);
      if (oldest === undefined) return;
      await this.#execute(oldest);
    }
  }

  #recordUnanswered(): void {
    for (const { call, lane, operation, cutShort } of this.#open.values()) {
      const reason = cutShort
        ? `${CUT_SHORT}: no answer`
        : `${UNANSWERED} when everything in flight was delivered`;
      this.#recorder.record({ type: 'info', call, lane, operation, reason });
    }
    this.#open.clear();
  }

  // ---- restart ----

  #restart(): Promise<void> {
    const { replica, canister } = this.#options;
    if (!replica.info.abilities.has('stop')) {
      throw new InputError(`schedule: it stops the canister, which replica ${replica.info.name} cannot`);
    }
    return restart({
      ...{ replica, canister, recorder: this.#recorder },
      settle: async (stop) => {
        if (this.#choosesOrder) await this.#drain();
        let outcome = await replica.poll(stop);
        for (let rounds = 0; !this.#choosesOrder && rounds < ROUNDS_MAX; rounds++) {
          if (outcome !== undefined && this.#open.size === 0) break;
          throwIfStopped(this.#options.signal);
          await this.#round();
          outcome ??= await replica.poll(stop);
        }
        return outcome;
      },
    });
  }

  // ---- epilogue ----

  async #epilogue(): Promise<void> {
    const { epilogue } = this.#options.schedule;
    if (epilogue === undefined) return;
    this.#recorder.record({ type: 'epilogue' });
    const answers = (this.#answers = new Map<number, Result>());
    const chunkSizeOf = (id: string) => this.#labels.chunkSizes.get(id) ?? this.#target.defaultChunkSize;
    const sessions = sessionsOfLabels(this.#labels.sessions, this.#options.schedule, chunkSizeOf);
    const calls = epilogueCalls(sessions, epilogue);
    for (let next = calls.next(); next.done !== true;) {
      throwIfStopped(this.#options.signal);
      const call = this.#calls;
      await this.#call(next.value.lane, next.value.operation, false);
      if (this.#open.size > 0) await this.#drain();
      await this.#recorder.recordLogs();
      next = calls.next(answers.get(call));
    }
    this.#recordUnanswered();
  }

  // ---- time, upgrade ----

  async #advance(seconds: number): Promise<void> {
    if (!this.#replica.info.abilities.has('time')) {
      throw new InputError(`schedule: it lets time pass, which replica ${this.#replica.info.name} cannot`);
    }
    const now = await this.#replica.time();
    await this.#replica.setTime(now + BigInt(Math.round(seconds * 1e9)));
    await this.#recorder.refreshTime();
    this.#recorder.record({ type: 'advanced', seconds });
  }

  async #upgrade(given?: Limits): Promise<void> {
    const { canister, wasm, initArg } = this.#options;
    await this.#recorder.recordMetrics('before upgrade');
    const limits = { ...this.#limits, ...given };
    const arg = initArg(limits);
    const outcome = await this.#replica.install({ canister, mode: 'upgrade', wasm, arg });
    await this.#recorder.refreshTime();
    const failure = outcome.kind === 'reject' ? `${outcome.errorCode} ${outcome.text}` : undefined;
    for (const open of this.#open.values()) {
      // Where the replica chooses the order nobody knows whether the first message was executed.
      if (failure === undefined && (open.delivered || !this.#choosesOrder)) open.cutShort = true;
    }
    this.#recorder.record({ type: 'upgraded', failure, ...(given === undefined ? {} : { limits: given }) });
    if (failure === undefined) {
      this.#limits = limits;
      this.#labels.chunkSize = limits.chunkSize ?? this.#target.defaultChunkSize;
    }
    await this.#recorder.recordMetrics('after upgrade');
    if (!this.#choosesOrder) await this.#pollAll();
  }
}

function rejected({ code, errorCode, text }: Reject): Result {
  return { kind: 'rejected', code, errorCode, text };
}
