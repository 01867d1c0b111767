/**
 * The counters of fixed scenarios, which the gate compares with its baseline. They do not depend on the machine, the clock, or chance,
 * because every scenario starts on a fresh replica.
 */
import { InputError } from '../../harness/input-error.js';
import { throwIfStopped, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { Limits } from '../../model/schedule.js';
import type { Replica, Snapshot } from '../../replicas/replica.js';
import type { Request, Target } from '../../targets/target.js';
import { CountedCanister, refusalOf, type CountedCall } from './counted-canister.js';
import { begin, finishRequest, putRequest, uploadFile, type UploadPlan } from './one-upload.js';

/** All counters are costs: less is better. */
export interface ScenarioCounters {
  /** Update calls. */
  readonly calls: number;
  /** Messages executed, including calls of the canister to itself. */
  readonly messages: number;
  readonly instructions: number;
  /** Bytes of Candid arguments of update calls. */
  readonly argBytes: number;
  /** Size of the heap at the end, in pages of 64 KiB. */
  readonly heapPages: number;
  /** Size of stable memory at the end, in pages of 64 KiB. */
  readonly stablePages: number;
  readonly cycles: number;
}

export const COUNTER_NAMES = [
  'calls',
  'messages',
  'instructions',
  'argBytes',
  'heapPages',
  'stablePages',
  'cycles',
] as const satisfies readonly (keyof ScenarioCounters)[];

export interface Scenario {
  readonly name: string;
  readonly limits: Limits;
  /** Operations that the target must support. */
  readonly needs: readonly Request['op'][];
  /** Runs before the counting starts. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  readonly run: (stage: Stage) => Promise<void>;
}

/** A canister and the calls that were made on it. */
export class Stage {
  readonly calls: CountedCall[] = [];
  readonly canister: CountedCanister;
  readonly replica: Replica;

  constructor(canister: CountedCanister, replica: Replica) {
    this.canister = canister;
    this.replica = replica;
  }

  async upload(plan: UploadPlan): Promise<void> {
    const upload = await uploadFile(this.canister, plan);
    if (upload.kind === 'refused') throw new InputError(`${upload.at} failed: ${upload.refusal.text}`);
    this.calls.push(...upload.calls);
  }

  async begin(plan: UploadPlan): Promise<string> {
    const { call, sessionId } = await begin(this.canister, plan);
    this.#take(call, 'begun');
    return sessionId;
  }

  async put(plan: UploadPlan, sessionId: string, index: number): Promise<void> {
    this.#take(await this.canister.call(putRequest(plan, sessionId, index)), 'done');
  }

  async finish(plan: UploadPlan, sessionId: string): Promise<void> {
    this.#take(await this.canister.call(finishRequest(plan, sessionId)), 'finished');
  }

  async call(request: Request): Promise<void> {
    this.#take(await this.canister.call(request), 'done');
  }

  #take(call: CountedCall, wanted: CountedCall['answer']['kind']): void {
    const refusal = refusalOf(call, wanted);
    if (refusal !== undefined) throw new InputError(`${call.op} failed: ${refusal.text}`);
    this.calls.push(call);
  }
}

const MB = 1_000_000;
const KIB = 1_024;
const SESSIONS = 100;
const TTL_SECONDS = 600;
const NS_PER_SECOND = 1_000_000_000n;

function plan(bytes: number, chunkSize: number, key = 'counters'): UploadPlan {
  return {
    bytes,
    chunkSize,
    seed: 1,
    key,
  };
}
const UPLOAD: Scenario['needs'] = ['begin', 'put', 'finish'];
const small = plan(4 * KIB, KIB);
function upload(name: string, { bytes, chunkSize }: UploadPlan): Scenario {
  return {
    name,
    limits: { chunkSize },
    needs: UPLOAD,
    run: (stage) => stage.upload(plan(bytes, chunkSize)),
  };
}
function chunksOf({ bytes, chunkSize }: UploadPlan) {
  return Array.from({ length: bytes / chunkSize }, (_, index) => index);
}

async function openSessions(stage: Stage): Promise<void> {
  for (let index = 0; index < SESSIONS; index++) {
    const each = plan(4 * KIB, KIB, `open ${index}`);
    await stage.put(each, await stage.begin(each), 0);
  }
}

export const SCENARIOS: readonly Scenario[] = [
  upload('upload 3.6 MB in chunks of 1.8 MB', plan(3.6 * MB, 1.8 * MB)),
  upload('upload 360 kB in chunks of 64 KiB', plan(0.36 * MB, 64 * KIB)),
  upload('upload 8 kB in chunks of 100 B', plan(8_000, 100)),
  upload('upload 0 B', plan(0, KIB)),
  {
    name: 'upload in reverse order',
    limits: { chunkSize: KIB },
    needs: UPLOAD,
    run: async (stage) => {
      const sessionId = await stage.begin(small);
      for (const index of chunksOf(small).reverse()) await stage.put(small, sessionId, index);
      await stage.finish(small, sessionId);
    },
  },
  {
    name: 'every chunk twice',
    limits: { chunkSize: KIB },
    needs: UPLOAD,
    run: async (stage) => {
      const sessionId = await stage.begin(small);
      for (const index of chunksOf(small).flatMap((each) => [each, each]))
        await stage.put(small, sessionId, index);
      await stage.finish(small, sessionId);
    },
  },
  {
    name: 'finish in many messages',
    limits: { chunkSize: KIB, hashBytesPerCall: 64 },
    needs: UPLOAD,
    run: (stage) => stage.upload(small),
  },
  {
    name: 'upgrade in the middle',
    limits: { chunkSize: KIB },
    needs: UPLOAD,
    run: async (stage) => {
      const sessionId = await stage.begin(small);
      await stage.put(small, sessionId, 0);
      await stage.canister.upgrade();
      for (const index of chunksOf(small).slice(1)) await stage.put(small, sessionId, index);
      await stage.finish(small, sessionId);
    },
  },
  {
    name: 'pause and resume',
    limits: { chunkSize: KIB },
    needs: ['begin', 'put', 'pause', 'resume'],
    run: async (stage) => {
      const sessionId = await stage.begin(small);
      await stage.put(small, sessionId, 0);
      await stage.call({ op: 'pause', sessionId });
      await stage.call({ op: 'resume', sessionId });
    },
  },
  {
    name: `a put beside ${SESSIONS} open sessions`,
    limits: { chunkSize: KIB, activeSessionsMax: SESSIONS },
    needs: ['begin', 'put'],
    prepare: openSessions,
    run: (stage) => stage.put(plan(4 * KIB, KIB, 'open 0'), '1', 1),
  },
  {
    name: `50 aborted uploads`,
    limits: { chunkSize: KIB },
    needs: ['begin', 'put', 'abort'],
    run: async (stage) => {
      for (let index = 0; index < 50; index++) {
        const sessionId = await stage.begin(small);
        await stage.put(small, sessionId, 0);
        await stage.call({ op: 'abort', sessionId });
      }
    },
  },
  {
    name: `cleanup of ${SESSIONS} expired sessions`,
    limits: { chunkSize: KIB, activeSessionsMax: SESSIONS, sessionTtlSeconds: TTL_SECONDS },
    needs: ['begin', 'put', 'cleanup'],
    prepare: async (stage) => {
      await openSessions(stage);
      const { replica } = stage;
      await replica.setTime((await replica.time()) + BigInt(TTL_SECONDS + 1) * NS_PER_SECOND);
    },
    run: (stage) => stage.call({ op: 'cleanup' }),
  },
];

export interface CounterRun {
  readonly replica: Replica;
  /** Snapshot of the fresh replica. */
  readonly pristine: Snapshot;
  readonly target: Target;
  readonly wasm: Uint8Array;
  readonly signal?: StopSignal | undefined;
}

export function canRun({ needs }: Scenario, { operations }: Target): boolean {
  return needs.every((op) => operations.has(op));
}

/** @throws InputError, with the name of the scenario, if a call fails; Interrupted if the signal is aborted */
export async function countScenario(
  scenario: Scenario,
  { replica, pristine, target, wasm, signal }: CounterRun,
): Promise<ScenarioCounters> {
  throwIfStopped(signal);
  await replica.restore(pristine);
  try {
    const canister = await CountedCanister.install({
      replica,
      target,
      wasm,
      limits: scenario.limits,
      signal,
    });
    const preparation = new Stage(canister, replica);
    await scenario.prepare?.(preparation);
    const before = await canister.metrics();
    const stage = new Stage(canister, replica);
    await scenario.run(stage);
    const after = await canister.metrics();
    const sum = (of: (call: CountedCall) => number) =>
      stage.calls.reduce((total, call) => total + of(call), 0);
    return {
      calls: stage.calls.length,
      messages: sum(({ messages }) => messages),
      // From the canister's metrics, because they include upgrades.
      instructions: after.instructions - before.instructions,
      argBytes: sum(({ argBytes }) => argBytes),
      heapPages: after.heapBytes / PAGE_BYTES,
      stablePages: after.stableBytes / PAGE_BYTES,
      cycles: Number(before.cycles - after.cycles),
    };
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`counters, ${scenario.name}: ${error.message}`);
    throw error;
  }
}

const PAGE_BYTES = 65_536;
