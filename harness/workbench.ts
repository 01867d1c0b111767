/**
 * Gives every schedule a fresh canister, cheaply: on a replica with snapshots a canister is installed once for each set of limits,
 * its callers are prepared, and this state is restored before each schedule. Elsewhere each schedule has a new canister.
 */
import type { FileReader } from '../model/content.js';
import type { Limits, Schedule } from '../model/schedule.js';
import type { Call, Outcome, PrincipalText, Replica, Snapshot } from '../replicas/replica.js';
import type { Target } from '../targets/target.js';
import { callerPrincipal } from './callers.js';
import { canonicalJson } from './canonical-json.js';
import type { History } from './history.js';
import { InputError } from './input-error.js';
import { ROUNDS_MAX, runSchedule, type PreparedCanister } from './interpreter.js';
import type { StopSignal } from './stop-signal.js';

export interface WorkbenchOptions {
  readonly replica: Replica;
  readonly target: Target;
  /** The module under test. */
  readonly wasm: Uint8Array;
  /** A seeded fault of a faults build. */
  readonly fault?: string | undefined;
  readonly reader?: FileReader | undefined;
  /** The principal of a caller; by default that of `callers.ts`. */
  readonly principalOf?: (caller: number) => PrincipalText;
}

interface SetUp {
  readonly prepared: PreparedCanister;
  readonly snapshot: Snapshot | undefined;
}

/** Most schedules have no more, so that they share one set-up whatever their number of callers. */
const CALLERS_PREPARED_MIN = 4;
/** A snapshot shares its pages with the others; a campaign draws from fewer limits than this. */
const SET_UPS_MAX = 32;

export class Workbench {
  readonly #options: WorkbenchOptions;
  readonly #hasSnapshots: boolean;
  /** The replica before anything of ours, so that each set-up is the same whichever others were made before. */
  #pristine: Snapshot | undefined;
  #olderModule: Uint8Array | undefined;
  /** Least recently used first. */
  readonly #setUps = new Map<string, SetUp>();

  constructor(options: WorkbenchOptions) {
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
    const { replica, target, reader } = this.#options;
    const prepared = await this.#fresh(schedule);
    return runSchedule({ ...prepared, replica, target, schedule, reader, signal });
  }

  async #fresh({ limits, callers, from }: Schedule): Promise<PreparedCanister> {
    const count = Math.max(callers, CALLERS_PREPARED_MIN);
    const first = this.#firstModule(from);
    if (!this.#hasSnapshots) return this.#install(first, limits, callers);
    const key = canonicalJson([from ?? '', limits, count]);
    const known = this.#setUps.get(key);
    const setUp = known ?? (await this.#setUp(first, limits, count));
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

  async #setUp(first: Uint8Array, limits: Limits, callers: number): Promise<SetUp> {
    const { replica } = this.#options;
    if (this.#pristine === undefined) this.#pristine = await replica.snapshot();
    else await replica.restore(this.#pristine);
    const prepared = await this.#install(first, limits, callers);
    return { prepared, snapshot: await replica.snapshot() };
  }

  async #install(first: Uint8Array, limits: Limits, count: number): Promise<PreparedCanister> {
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
    const callers: { principal: PrincipalText; capsuleId: string }[] = [];
    for (let index = 0; index < count; index++) {
      const principal = principalOf(index);
      callers.push({ principal, capsuleId: await this.#prepareCaller(canister, principal) });
    }
    return { canister, wasm, initArg, callers };
  }

  /** The caller's capsule, or nothing if the target needs none. */
  async #prepareCaller(canister: PrincipalText, caller: PrincipalText): Promise<string> {
    const { replica, target } = this.#options;
    const encoded = target.prepareCaller?.(caller);
    if (encoded === undefined || target.decodeCapsule === undefined) return '';
    const call: Call = { canister, method: encoded.method, arg: encoded.arg, caller };
    const outcome = encoded.kind === 'query' ? await replica.query(call) : await callToEnd(replica, call);
    try {
      return target.decodeCapsule(outcome);
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
