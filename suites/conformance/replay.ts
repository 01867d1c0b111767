/**
 * Replays golden traces on anything that can be driven like a replica, and tells where its answers differ.
 *
 * Each step's observed result is brought into the trace's own form and compared as JSON, so a difference shows both sides.
 */
import { createHash } from 'node:crypto';
import type { PrincipalText } from '../../replicas/replica.js';
import {
  goldenBytes,
  readGoldenFile,
  type GoldenExpectation,
  type GoldenReject,
  type GoldenStatus,
  type GoldenStep,
  type GoldenTrace,
} from './golden-step.js';

/** What a call came to, in the words of the server. */
export type DrivenOutcome =
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  | ({ readonly kind: 'reject' } & GoldenReject)
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'pending' };

export interface DrivenCall {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
}

/** The acts of a trace. `update` and the management calls run rounds until there is an outcome. */
export interface Driver {
  createCanister(cycles: bigint): Promise<PrincipalText>;
  installCode(request: {
    readonly canister: PrincipalText;
    readonly mode: 'install' | 'reinstall' | 'upgrade';
    readonly skipPreUpgrade: boolean;
    readonly wasm: Uint8Array;
    readonly arg: Uint8Array;
  }): Promise<DrivenOutcome>;
  manage(
    method: 'start_canister' | 'stop_canister' | 'uninstall_code' | 'delete_canister',
    canister: PrincipalText,
  ): Promise<DrivenOutcome>;
  update(call: DrivenCall): Promise<DrivenOutcome>;
  query(call: DrivenCall): Promise<DrivenOutcome>;
  /** Returns a handle for `poll`. */
  submit(call: DrivenCall): Promise<string>;
  poll(handle: string): Promise<DrivenOutcome>;
  tick(): Promise<void>;
  advanceTime(nanos: bigint): Promise<void>;
  status(canister: PrincipalText): Promise<GoldenStatus>;
  stableMemory(canister: PrincipalText): Promise<Uint8Array>;
  logs(canister: PrincipalText): Promise<readonly { readonly index: bigint; readonly content: Uint8Array }[]>;
}

export interface StepResult {
  readonly index: number;
  readonly step: GoldenStep;
  /** Both sides as JSON; undefined where the step expects nothing. */
  readonly expected: string | undefined;
  readonly observed: string | undefined;
}

export const isMatch = ({ expected, observed }: StepResult): boolean => expected === observed;

/** Replay a whole trace; every step runs, whatever the earlier ones came to. */
export const replayTrace = async (trace: GoldenTrace, driver: Driver): Promise<StepResult[]> => {
  const handles = new Map<number, string>();
  const results: StepResult[] = [];
  for (const [index, step] of trace.steps.entries()) {
    const [expected, observed] = await replayStep(step, driver, handles);
    results.push({ index, step, expected, observed });
  }
  return results;
};

type Sides = readonly [expected: string | undefined, observed: string | undefined];
const NOTHING: Sides = [undefined, undefined];
const json = JSON.stringify;

const replayStep = async (step: GoldenStep, driver: Driver, handles: Map<number, string>): Promise<Sides> => {
  switch (step.do) {
    case 'create_canister':
      return [step.expect.canister_id, await driver.createCanister(BigInt(step.cycles))];
    case 'install_code': {
      const wasm = step.wasm ? readGoldenFile(step.wasm) : goldenBytes({ hex: step.wasm_hex ?? '' });
      const { canister, mode, skip_pre_upgrade: skipPreUpgrade = false, arg } = step;
      return outcome(
        step.expect,
        await driver.installCode({ canister, mode, skipPreUpgrade, wasm, arg: goldenBytes(arg) }),
      );
    }
    case 'start_canister':
    case 'stop_canister':
    case 'uninstall_code':
    case 'delete_canister':
      return outcome(step.expect, await driver.manage(step.do, step.canister));
    case 'update':
      return outcome(step.expect, await driver.update(callOf(step)));
    case 'query':
      return outcome(step.expect, await driver.query(callOf(step)));
    case 'submit':
      handles.set(step.as, await driver.submit(callOf(step)));
      return NOTHING;
    case 'poll':
      return outcome(step.expect, await driver.poll(handles.get(step.of)!));
    case 'tick':
      await driver.tick();
      return NOTHING;
    case 'advance_time':
      await driver.advanceTime(BigInt(step.nanos));
      return NOTHING;
    default:
      return observe(step, driver);
  }
};

/** Steps that only look. */
const observe = async (
  step: Extract<GoldenStep, { do: 'canister_status' | 'stable_memory' | 'fetch_canister_logs' }>,
  driver: Driver,
): Promise<Sides> => {
  switch (step.do) {
    case 'canister_status': {
      const { status, version, wasm_memory_size, stable_memory_size, global_memory_size } =
        await driver.status(step.canister);
      return [
        json(step.expect),
        json({ status, version, wasm_memory_size, stable_memory_size, global_memory_size }),
      ];
    }
    case 'stable_memory': {
      const bytes = await driver.stableMemory(step.canister);
      return [json(step.expect), json({ length: bytes.length, prefix_hex: trimmedHex(bytes) })];
    }
    case 'fetch_canister_logs': {
      // The recorder read the bytes as Latin-1.
      const records = (await driver.logs(step.canister)).map(({ index, content }) => ({
        idx: String(index),
        text: Buffer.from(content).toString('latin1'),
      }));
      return [json(step.expect), json(records)];
    }
  }
};

const callOf = ({
  canister,
  method,
  arg,
}: Extract<GoldenStep, { do: 'update' | 'query' | 'submit' }>): DrivenCall => ({
  canister,
  method,
  arg: goldenBytes(arg),
});

/** Bring an outcome into the form of the expectation: replies by hash where the trace has only the hash. */
const outcome = (expected: GoldenExpectation, observed: DrivenOutcome): Sides => [
  json('reject' in expected ? { reject: rejectOf(expected.reject) } : expected),
  json(outcomeOf(expected, observed)),
];

const rejectOf = ({ reject_code, reject_message, error_code }: GoldenReject): GoldenReject => ({
  reject_code,
  reject_message,
  error_code,
});

const outcomeOf = (expected: GoldenExpectation, observed: DrivenOutcome): GoldenExpectation => {
  switch (observed.kind) {
    case 'reply':
      return { reply: replyOf('reply' in expected && 'sha256' in expected.reply, observed.bytes) };
    case 'reject':
      return { reject: rejectOf(observed) };
    case 'refused':
      return { refused: observed.text };
    case 'pending':
      return { pending: true };
  }
};

const replyOf = (isHashed: boolean, bytes: Uint8Array) =>
  isHashed
    ? { sha256: createHash('sha256').update(bytes).digest('hex'), length: bytes.length }
    : { hex: Buffer.from(bytes).toString('hex') };

const trimmedHex = (bytes: Uint8Array): string => {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Buffer.from(bytes.subarray(0, end)).toString('hex');
};
