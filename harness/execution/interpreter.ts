/**
 * Runs a schedule on a replica and records the history. It does not judge: it records every result, and every call that never
 * returns.
 */
import type { FileReader } from '../../model/content.js';
import { viaOf, type Limits, type Operation, type Schedule, type Step } from '../../model/schedule.js';
import type { Choice, PrincipalText, Replica } from '../../replicas/replica.js';
import type { Result, Target } from '../../targets/target.js';
import { canisterNamed, principalNamed, type InstalledSystem } from './canisters.js';
import { callersToAudit, epilogueOperations, sessionsToFinish } from './epilogue.js';
import type { History } from '../history/history.js';
import { drainMessagesMax } from './hash-steps.js';
import { InFlight } from './in-flight.js';
import { InputError } from '../input-error.js';
import { interfaceOf } from './interfaces.js';
import { Labels } from '../history/labels.js';
import { type CallResult, firstOfRead, Queries } from './queries.js';
import { Recorder, type RecordedSoFar } from './recorder.js';
import { NetworkConditions } from './network.js';
import { restart } from './restart.js';
import {
  chosenSessionId,
  fileIdOf,
  requestOf,
  type RequestContext,
  type SessionOperation,
} from './requests.js';
import { Interrupted, throwIfStopped, type StopSignal } from './stop-signal.js';

/** The canister under test, and further canisters of its system, after their set-up. */
export interface PreparedCanister extends InstalledSystem {
  /** By caller index of the schedule. */
  readonly callers: readonly PreparedCaller[];
}

export interface PreparedCaller {
  readonly principal: PrincipalText;
  /** Empty if the target has no capsules. */
  readonly capsuleId: string;
  /** For calls over HTTP; absent if the schedule has none. */
  readonly token?: string | undefined;
}

export interface RunOptions extends PreparedCanister {
  readonly replica: Replica;
  readonly target: Target;
  readonly schedule: Schedule;
  /** Reads the files of the user that the schedule names. */
  readonly reader?: FileReader | undefined;
  readonly signal?: StopSignal | undefined;
}

/** @throws Interrupted after a stop signal */
export async function runSchedule(options: RunOptions): Promise<History> {
  const run = new ScheduleRun(options);
  try {
    await run.begin();
    for (const step of options.schedule.steps) await run.take(step);
    return await run.end();
  } catch (error) {
    if (error instanceof Interrupted) error.progress = run.progress;
    throw error;
  }
}

/** What a run knows besides the state of the replica. */
export interface SavedRun {
  readonly recorded: RecordedSoFar;
  readonly inFlight: ReturnType<InFlight['save']>;
  readonly outages: ReturnType<NetworkConditions['save']>;
  readonly labels: Labels;
  readonly limits: Limits;
  readonly calls: number;
  readonly steps: number;
}

/** A run that is driven from outside: `begin`, then steps, then `end`. Its state can be saved between two steps. */
export class ScheduleRun {
  readonly #options: RunOptions;
  readonly #replica: Replica;
  readonly #target: Target;
  readonly #recorder: Recorder;
  readonly #queries: Queries;
  readonly #context: RequestContext;
  readonly #inFlight: InFlight;
  readonly #network: NetworkConditions;
  #labels: Labels;
  /** The limits of the latest init argument. */
  #limits: Limits;
  #calls = 0;
  /** Number of steps taken. */
  #steps = 0;
  /** The canisters that executed messages in the latest step. */
  readonly touched = new Set<PrincipalText>();
  #messages = 0;
  #latest: Choice | undefined;
  /** Results by number of the call; `undefined` outside the epilogue. */
  #answers: Map<number, Result> | undefined;

  constructor(options: RunOptions) {
    const { replica, target, schedule, callers, reader, signal } = options;
    this.#options = options;
    this.#replica = replica;
    this.#target = target;
    const recorder = (this.#recorder = new Recorder(replica, options));
    this.#inFlight = new InFlight({
      replica,
      recorder,
      signal,
      drainMessagesMax: drainMessagesMax(schedule),
      onExecuted: (choice) => {
        this.touched.add(choice.receiver);
        this.#messages++;
        this.#latest = choice;
      },
      onResult: ({ call, lane, operation, sessionId }, answered) =>
        this.#end(call, lane, operation, answered, sessionId),
    });
    this.#network = new NetworkConditions({ replica, system: options, recorder, inFlight: this.#inFlight });
    this.#queries = new Queries({
      replica,
      signal,
      canisterOf: (name) => principalNamed(options, name),
      update: (one) => this.#inFlight.callAlone(one),
    });
    this.#limits = schedule.limits;
    this.#labels = new Labels(schedule.limits.chunkSize ?? target.defaultChunkSize);
    this.#context = {
      schedule,
      shape: target.shape,
      defaultChunkSize: target.defaultChunkSize,
      capsuleIds: callers.map(({ capsuleId }) => capsuleId),
      reader,
    };
  }

  async begin(): Promise<void> {
    const recorder = this.#recorder;
    await recorder.refreshTime();
    await recorder.skipLogs();
    await recorder.recordMetrics('start');
  }

  /** Takes one step. The steps of the schedule in the options are not used. */
  async take(step: Step): Promise<void> {
    throwIfStopped(this.#options.signal);
    this.#recorder.step = this.#steps++;
    this.touched.clear();
    await this.#step(step);
    await this.#recorder.recordLogs();
  }

  /** Delivers everything in flight and runs the epilogue of the schedule. */
  async end(): Promise<History> {
    const recorder = this.#recorder;
    recorder.step = this.#steps;
    await this.#network.endAll();
    await this.#inFlight.drain();
    await recorder.recordLogs();
    this.#inFlight.recordUnanswered();
    await this.#epilogue();
    await recorder.recordMetrics('end');
    return this.history();
  }

  /** The history so far. */
  history(): History {
    return this.#recorder.history(this.#target.name);
  }

  /** The events so far. The array changes with every step. */
  get events(): History['events'] {
    return this.#recorder.events;
  }

  /** Where the run is, for a run that does not end. */
  get progress(): string {
    const at = this.#answers === undefined ? `in step ${this.#steps}` : 'after the last step';
    if (this.#latest === undefined) return at;
    const { kind, method } = this.#latest;
    const last =
      method === '' ? `a ${kind}` : `a ${kind === 'response' ? 'response to' : 'call of'} "${method}"`;
    return `${at}, when it had executed ${this.#messages.toLocaleString('en')} messages; the last was ${last}`;
  }

  /** The calls that have not returned, by the id of their ingress message. */
  get openCalls(): InFlight['open'] {
    return this.#inFlight.open;
  }

  /** The state of the run. The caller saves that of the replica. No step may be running. */
  save(): SavedRun {
    return {
      recorded: this.#recorder.save(),
      inFlight: this.#inFlight.save(),
      outages: this.#network.save(),
      labels: this.#labels.copy(),
      limits: this.#limits,
      calls: this.#calls,
      steps: this.#steps,
    };
  }

  /** Returns to a state of this run. The caller restores that of the replica. */
  restore({ recorded, inFlight, outages, labels, limits, calls, steps }: SavedRun): void {
    this.#recorder.restore(recorded);
    this.#inFlight.restore(inFlight);
    this.#network.restore(outages);
    this.#labels = labels.copy();
    this.#limits = limits;
    this.#calls = calls;
    this.#steps = steps;
    this.#answers = undefined;
  }

  #step(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        return this.#call(step.lane, step.operation, step.hold === true);
      case 'deliver':
        return this.#inFlight.deliver(step.pick);
      case 'drain':
        return this.#inFlight.drain();
      case 'advance':
        return this.#advance(step.seconds);
      case 'lose':
        return this.#network.lose(step.pick);
      case 'outage':
        return this.#network.begin(step.condition, step.canister);
      case 'recover':
        return this.#network.end(step.canister);
      case 'upgrade':
        return this.#upgrade(step);
      case 'restart':
        return this.#restart(step.canister);
    }
  }

  // ---- call ----

  async #call(lane: number, operation: Operation, hold: boolean): Promise<void> {
    const call = this.#calls++;
    const skip = (reason: string) =>
      this.#recorder.record({ type: 'skipped', call, lane, operation, reason });
    if (operation.op === 'read') return this.#read(call, lane, operation, skip);
    if ('capsuleOf' in operation && this.#target.decodeCapsule === undefined) {
      skip('the target has no capsules');
      return;
    }
    if (operation.op === 'begin' && this.#target.shape.begin === 'implied') {
      this.#beginWithoutCall(call, lane, operation);
      return;
    }
    if ('session' in operation && operation.op !== 'begin' && !this.#labels.sessions.has(operation.session))
      await this.#inFlight.awaitBegin(operation.session);
    const request = requestOf(operation, this.#labels, this.#context);
    if (typeof request === 'string') {
      skip(request);
      return;
    }
    const { principal: caller, token } = this.#callerOf(operation);
    const by = interfaceOf(operation, this.#target, token);
    if (typeof by === 'string') {
      skip(by);
      return;
    }
    const encoded = by.encode(request);
    if (encoded === undefined) {
      skip(`the target has no ${operation.op}`);
      return;
    }
    this.#recorder.record({ type: 'invoke', call, lane, operation, argBytes: encoded.arg.length });
    if (encoded.kind === 'query') {
      this.#end(call, lane, operation, await this.#queries.ask(request, encoded, caller, by));
      return;
    }
    const canister = principalNamed(this.#options, encoded.canister);
    const { method, arg } = encoded;
    const sessionId = 'session' in operation ? this.#labels.sessionIdOf(operation) : undefined;
    await this.#inFlight.submit(
      { call, lane, operation, request, sessionId, encoded, by },
      { canister, method, arg, caller },
      hold,
    );
  }

  /** Binds the label of an upload that its first put begins. */
  #beginWithoutCall(call: number, lane: number, operation: Operation & { op: 'begin' }): void {
    this.#recorder.record({ type: 'invoke', call, lane, operation });
    const sessionId = this.#chosenSessionId(operation);
    this.#end(call, lane, operation, {
      result: { kind: 'begun', sessionId, implied: true },
      replyBytes: undefined,
    });
  }

  #chosenSessionId(operation: Operation & { op: 'begin' }): string {
    return chosenSessionId(operation, this.#options.schedule, this.#target.shape);
  }

  #callerOf(operation: Operation): PreparedCaller {
    const index = this.#labels.callerOf(operation);
    const caller = this.#options.callers[index];
    if (caller === undefined)
      throw new InputError(
        `schedule: an operation names caller ${index}, but there are ${this.#options.callers.length} callers`,
      );
    return caller;
  }

  /** @param sessionId the session that an update named */
  #end(
    call: number,
    lane: number,
    operation: Operation,
    { result: answer, replyBytes }: CallResult,
    sessionId?: string,
  ): void {
    const result = this.#withChosenId(operation, answer);
    const isFailure = ['error', 'rejected', 'undecodable'].includes(result.kind);
    const length = replyBytes === undefined ? {} : { replyBytes };
    this.#recorder.record({ type: isFailure ? 'fail' : 'ok', call, lane, operation, result, ...length });
    this.#answers?.set(call, result);
    if (!isFailure) this.#labels.learn(operation, result, sessionId);
  }

  /** If the client chooses the id of the session, the reply to its begin contains no other. */
  #withChosenId(operation: Operation, result: Result): Result {
    const isChosen = this.#target.shape.session !== 'server';
    if (!isChosen || operation.op !== 'begin' || result.kind !== 'begun') return result;
    return { ...result, sessionId: this.#chosenSessionId(operation) };
  }

  // ---- read ----

  async #read(
    call: number,
    lane: number,
    operation: SessionOperation & { op: 'read' },
    skip: (reason: string) => void,
  ): Promise<void> {
    const { principal: caller, token } = this.#callerOf(operation);
    const by = interfaceOf(operation, this.#target, token);
    const { readBy } = this.#target.shape;
    const readsBy = typeof by === 'string' ? readBy : by.readsBy;
    const file = fileIdOf(operation.session, readsBy, this.#labels, this.#context);
    // Reasons are part of the trace, and a session without a file comes first.
    if (typeof file !== 'object') {
      skip(file);
      return;
    }
    if (typeof by === 'string') {
      skip(by);
      return;
    }
    const { fileId: blobId } = file;
    const chunkBytes = this.#labels.chunkSizeOf(operation.session) ?? this.#target.defaultChunkSize;
    const encoded = firstOfRead(blobId, chunkBytes, by);
    if (encoded === undefined) {
      skip('the target has no read');
      return;
    }
    this.#recorder.record({ type: 'invoke', call, lane, operation, argBytes: encoded.arg.length });
    const strangerTo = this.#bytesOfAnother(operation);
    const read = { blobId, chunkBytes, caller, by, strangerTo };
    this.#end(call, lane, operation, await this.#queries.readBlob(read));
  }

  /**
   * The length of the file that a stranger reads; `undefined` if the caller is its owner, or if everyone may read it.
   * Over HTTP a read is an update call, and a further one would change the time.
   */
  #bytesOfAnother(operation: SessionOperation & { op: 'read' }): number | undefined {
    const owned = this.#labels.sessions.get(operation.session);
    const isOwn = operation.by === undefined || operation.by === owned?.caller;
    if (owned === undefined || isOwn || viaOf(operation) !== undefined) return undefined;
    if (this.#target.promises.access?.read === 'anyone') return undefined;
    return this.#options.schedule.files[owned.file]?.bytes;
  }

  // ---- restart ----

  #restart(name?: string): Promise<void> {
    const { replica } = this.#options;
    if (!replica.info.abilities.has('stop')) {
      throw new InputError(
        `schedule: it stops the canister, which replica ${replica.info.name} does not support`,
      );
    }
    const { canister } = canisterNamed(this.#options, name);
    const settle = this.#inFlight.settle.bind(this.#inFlight);
    return restart({ replica, canister, name, recorder: this.#recorder, settle });
  }

  // ---- epilogue ----

  async #epilogue(): Promise<void> {
    const { epilogue } = this.#options.schedule;
    if (epilogue === undefined) return;
    this.#recorder.record({ type: 'epilogue' });
    const answers = (this.#answers = new Map<number, Result>());
    const { operations, shape, promises, defaultChunkSize } = this.#target;
    const inOrder = shape.address === 'append' || promises.chunkOrder === 'ascending';
    const sessions = sessionsToFinish(this.#labels, this.#options.schedule, shape, defaultChunkSize);
    const by = {
      hasStatus: operations.has('status'),
      inOrder,
      finishes: shape.finish !== 'implied',
      audits: (['listFiles', 'usage'] as const).filter((op) => operations.has(op)),
    };
    const calls = epilogueOperations(sessions, epilogue, by, callersToAudit(this.#options.schedule));
    for (let next = calls.next(); next.done !== true;) {
      throwIfStopped(this.#options.signal);
      const call = this.#calls;
      await this.#call(next.value.lane, next.value.operation, false);
      if (!this.#inFlight.isEmpty) await this.#inFlight.drain();
      await this.#recorder.recordLogs();
      next = calls.next(answers.get(call));
    }
    this.#inFlight.recordUnanswered();
  }

  // ---- time, upgrade ----

  async #advance(seconds: number): Promise<void> {
    if (!this.#replica.info.abilities.has('time')) {
      throw new InputError(
        `schedule: it advances the time, which replica ${this.#replica.info.name} does not support`,
      );
    }
    const now = await this.#replica.time();
    await this.#replica.setTime(now + BigInt(Math.round(seconds * 1e9)));
    await this.#recorder.refreshTime();
    this.#recorder.record({ type: 'advanced', seconds });
  }

  async #upgrade({ limits: given, canister: name }: Step & { do: 'upgrade' }): Promise<void> {
    const { canister, wasm, initArg } = canisterNamed(this.#options, name);
    // If the replica chooses the order, it is unknown which limits apply to the calls in flight. So they end under the old limits.
    const { abilities } = this.#replica.info;
    if (given !== undefined && !abilities.has('delivery-order')) await this.#inFlight.drain();
    await this.#recorder.recordMetrics('before upgrade');
    await this.#inFlight.pollIfUnordered();
    const limits = { ...this.#limits, ...given };
    const arg = initArg(limits);
    const outcome = await this.#replica.install({ canister, mode: 'upgrade', wasm, arg });
    await this.#recorder.refreshTime();
    const failure = outcome.kind === 'reject' ? `${outcome.errorCode} ${outcome.text}` : undefined;
    if (failure === undefined) this.#inFlight.cutShort();
    this.#recorder.record({
      type: 'upgraded',
      failure,
      ...(given === undefined ? {} : { limits: given }),
      ...(name === undefined ? {} : { canister: name }),
    });
    if (failure === undefined) {
      this.#limits = limits;
      this.#labels.chunkSize = limits.chunkSize ?? this.#target.defaultChunkSize;
    }
    await this.#recorder.recordMetrics('after upgrade');
    await this.#inFlight.pollIfUnordered();
  }
}
