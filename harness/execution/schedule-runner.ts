/**
 * Gives every schedule a fresh canister, cheaply: on a replica with snapshots a canister is installed once for each set of limits,
 * its callers are prepared, and this state is restored before each schedule. Elsewhere each schedule has a new canister.
 */
import type { FileReader } from '../../model/content.js';
import type { Limits, Schedule } from '../../model/schedule.js';
import type { Call, Outcome, PrincipalText, Replica, Snapshot } from '../../replicas/replica.js';
import type { EncodedRequest, Target } from '../../targets/target.js';
import { callerPrincipal } from './callers.js';
import { canonicalJson } from '../history/canonical-json.js';
import type { History } from '../history/history.js';
import { InputError } from '../input-error.js';
import { CALLERS_PREPARED_MIN, needsTokens } from './interfaces.js';
import { ROUNDS_MAX } from './in-flight.js';
import { runSchedule, type PreparedCaller, type PreparedCanister } from './interpreter.js';
import { runOnService, type Service } from './service-runner.js';
import type { StopSignal } from './stop-signal.js';

export interface ScheduleRunnerOptions {
  readonly replica: Replica;
  readonly target: Target;
  /** The module under test. */
  readonly wasm: Uint8Array;
  /** A seeded fault of a faults build. */
  readonly fault?: string | undefined;
  readonly reader?: FileReader | undefined;
  /** A service that is there already: nothing is installed. */
  readonly service?: Service | undefined;
  /** The principal of a caller; by default that of `callers.ts`. */
  readonly principalOf?: (caller: number) => PrincipalText;
}

/** What a schedule needs of its canister. */
interface Needs {
  readonly limits: Limits;
  readonly callers: number;
  /** Whether callers need tokens for the HTTP interface. */
  readonly withTokens: boolean;
}

interface SetUp {
  readonly prepared: PreparedCanister;
  readonly snapshot: Snapshot | undefined;
}

/** A snapshot shares its pages with the others; a campaign draws from fewer limits than this. */
const SET_UPS_MAX = 32;

export class ScheduleRunner {
  readonly #options: ScheduleRunnerOptions;
  readonly #hasSnapshots: boolean;
  /** The replica before anything of ours, so that each set-up is the same whichever others were made before. */
  #pristine: Snapshot | undefined;
  #olderModule: Uint8Array | undefined;
  /** Least recently used first. */
  readonly #setUps = new Map<string, SetUp>();

  constructor(options: ScheduleRunnerOptions) {
    this.#options = options;
    this.#hasSnapshots = options.replica.info.abilities.has('snapshot');
  }

  get replica(): Replica {
    return this.#options.replica;
  }
  get target(): Target {
    return this.#options.target;
  }
  get reader(): FileReader | undefined {
    return this.#options.reader;
  }

  /**
   * Runs a schedule on a canister that has seen nothing but its set-up.
   * @throws Interrupted if asked to stop; InputError if the canister cannot be set up or the schedule cannot be run here
   */
  async run(schedule: Schedule, signal?: StopSignal): Promise<History> {
    const { replica, target, reader, service } = this.#options;
    if (service !== undefined) return runOnService(service, { replica, schedule, reader, signal });
    const prepared = await this.#fresh(schedule);
    return runSchedule({ ...prepared, replica, target, schedule, reader, signal });
  }

  async #fresh(schedule: Schedule): Promise<PreparedCanister> {
    const { limits, callers, from } = schedule;
    const count = Math.max(callers, CALLERS_PREPARED_MIN);
    const first = this.#firstModule(from);
    const withTokens = needsTokens(schedule);
    if (!this.#hasSnapshots)
      return this.#install(first, { limits, callers: withTokens ? count : callers, withTokens });
    const key = canonicalJson([from ?? '', limits, count, withTokens]);
    const known = this.#setUps.get(key);
    const setUp = known ?? (await this.#setUp(first, { limits, callers: count, withTokens }));
    this.#setUps.delete(key);
    this.#setUps.set(key, setUp);
    if (this.#setUps.size > SET_UPS_MAX) this.#setUps.delete(this.#setUps.keys().next().value!);
    if (known?.snapshot !== undefined) await this.#options.replica.restore(known.snapshot);
    return setUp.prepared;
  }

  /** The module that is installed first. */
  #firstModule(from: Schedule['from']): Uint8Array {
    const { wasm, target } = this.#options;
    if (from === undefined) return wasm;
    this.#olderModule ??= target.olderModule?.();
    if (this.#olderModule !== undefined) return this.#olderModule;
    throw new InputError('schedule: it begins on an earlier version of the canister, and none is here');
  }

  async #setUp(first: Uint8Array, needs: Needs): Promise<SetUp> {
    const { replica } = this.#options;
    if (this.#pristine === undefined) this.#pristine = await replica.snapshot();
    else await replica.restore(this.#pristine);
    const prepared = await this.#install(first, needs);
    return { prepared, snapshot: await replica.snapshot() };
  }

  async #install(
    first: Uint8Array,
    { limits, callers: count, withTokens }: Needs,
  ): Promise<PreparedCanister> {
    const { replica, target, wasm, fault, principalOf = callerPrincipal } = this.#options;
    const canister = await replica.createCanister();
    const initArg = (given: Limits) => target.encodeInitArg(given, fault);
    const arg = initArg(limits);
    const outcome = await replica.install({ canister, mode: 'install', wasm: first, arg });
    if (outcome.kind === 'reject') {
      throw new InputError(
        `the canister cannot be installed: ${outcome.errorCode} ${firstLine(outcome.text)}`,
      );
    }
    const callers: PreparedCaller[] = [];
    for (let index = 0; index < count; index++) {
      const principal = principalOf(index);
      const capsuleId = await this.#prepareCaller(canister, principal);
      const token = withTokens ? await this.#createToken(canister, principal) : undefined;
      callers.push({ principal, capsuleId, token });
    }
    return { canister, wasm, initArg, callers };
  }

  /** The caller's capsule, or nothing if the target needs none. */
  async #prepareCaller(canister: PrincipalText, caller: PrincipalText): Promise<string> {
    const { target } = this.#options;
    const encoded = target.prepareCaller?.(caller);
    if (encoded === undefined || target.decodeCapsule === undefined) return '';
    return this.#prepare(canister, caller, encoded, (outcome) => target.decodeCapsule!(outcome));
  }

  /** A bearer token of the caller's: made before the schedule begins, so that the schedule is the same each time. */
  async #createToken(canister: PrincipalText, caller: PrincipalText): Promise<string | undefined> {
    const { http } = this.#options.target;
    if (http === undefined) return undefined;
    return this.#prepare(canister, caller, http.createToken(), (outcome) => http.decodeToken(outcome));
  }

  async #prepare<T>(
    canister: PrincipalText,
    caller: PrincipalText,
    { kind, method, arg }: EncodedRequest,
    decode: (outcome: Outcome) => T,
  ): Promise<T> {
    const { replica } = this.#options;
    const call: Call = { canister, method, arg, caller };
    const outcome = kind === 'query' ? await replica.query(call) : await callToEnd(replica, call);
    try {
      return decode(outcome);
    } catch (error) {
      throw new InputError(
        `a caller cannot be prepared: ${firstLine(error instanceof Error ? error.message : String(error))}`,
      );
    }
  }
}

const firstLine = (text: string): string => text.split('\n')[0]!;

async function callToEnd(replica: Replica, call: Call): Promise<Outcome> {
  const submission = await replica.submit(call);
  if (submission.kind === 'refused') return submission.reject;
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    await replica.round();
    const outcome = await replica.poll(submission.id);
    if (outcome !== undefined) return outcome;
  }
  throw new InputError(`the canister does not answer ${call.method} within ${ROUNDS_MAX} rounds`);
}
