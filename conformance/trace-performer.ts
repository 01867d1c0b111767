/** Performs the steps of a golden trace and converts the outcomes to the format of the trace. */
import { createHash } from 'node:crypto';
import type { DrivenCall, DrivenOutcome, Driver } from './driver.js';
import {
  goldenBytes,
  readGoldenFile,
  type GoldenExpectation,
  type GoldenReply,
  type GoldenStatusSeen,
  type GoldenStep,
} from './golden-step.js';

/** Longer replies are recorded as their hash. */
const REPLY_HEX_BYTES_MAX = 256;

/** The outcome of a step in the format of its `expect` and `seen`. Empty for steps without an expectation. */
export interface Observation {
  readonly expect?: unknown;
  readonly seen?: Partial<GoldenStatusSeen>;
}

const NOTHING: Observation = {};

/** Performs the steps of one trace and keeps the handles of submitted messages for later polls. */
export class TracePerformer {
  readonly #handles = new Map<number, string>();

  readonly driver: Driver;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  async perform(step: GoldenStep): Promise<Observation> {
    const { driver } = this;
    switch (step.do) {
      case 'create_canister':
        return { expect: { canister_id: await driver.createCanister(BigInt(step.cycles)) } };
      case 'install_code':
        return outcome(await driver.installCode(installOf(step)));
      case 'start_canister':
      case 'stop_canister':
      case 'uninstall_code':
      case 'delete_canister':
        return outcome(await driver.manage(step.do, step.canister));
      case 'update':
        return outcome(await driver.update(callOf(step)));
      case 'query':
        return outcome(await driver.query(callOf(step)));
      case 'submit':
        this.#handles.set(step.as, await driver.submit(callOf(step)));
        return NOTHING;
      case 'poll':
        return outcome(await driver.poll(this.#handleOf(step.of)));
      case 'tick':
        await driver.tick();
        return NOTHING;
      case 'advance_time':
        await driver.advanceTime(BigInt(step.nanos));
        return NOTHING;
      default:
        return await readState(step, driver);
    }
  }

  #handleOf(number: number): string {
    const handle = this.#handles.get(number);
    if (handle === undefined)
      throw new Error(`the trace polls message ${number}, but no earlier step submits it`);
    return handle;
  }
}

/** Performs the steps that only read the state of a canister. */
async function readState(
  step: Extract<GoldenStep, { do: 'canister_status' | 'stable_memory' | 'fetch_canister_logs' }>,
  driver: Driver,
): Promise<Observation> {
  switch (step.do) {
    case 'canister_status': {
      const { status, version, wasm_memory_size, stable_memory_size, global_memory_size, seen } =
        await driver.status(step.canister);
      return { expect: { status, version, wasm_memory_size, stable_memory_size, global_memory_size }, seen };
    }
    case 'stable_memory': {
      const bytes = await driver.stableMemory(step.canister);
      return { expect: { length: bytes.length, prefix_hex: hexWithoutZeroTail(bytes) } };
    }
    case 'fetch_canister_logs':
      // The recorder decoded log bytes as Latin-1.
      return {
        expect: (await driver.logs(step.canister)).map(({ index, content }) => ({
          idx: String(index),
          text: Buffer.from(content).toString('latin1'),
        })),
      };
  }
}

function installOf(step: Extract<GoldenStep, { do: 'install_code' }>): Parameters<Driver['installCode']>[0] {
  return {
    canister: step.canister,
    mode: step.mode,
    skipPreUpgrade: step.skip_pre_upgrade ?? false,
    wasm: step.wasm === undefined ? goldenBytes({ hex: step.wasm_hex ?? '' }) : readGoldenFile(step.wasm),
    arg: goldenBytes(step.arg),
  };
}

function callOf({
  canister,
  method,
  arg,
}: Extract<GoldenStep, { do: 'update' | 'query' | 'submit' }>): DrivenCall {
  return { canister, method, arg: goldenBytes(arg) };
}

const outcome = (driven: DrivenOutcome): Observation => ({ expect: expectationOf(driven) });

function expectationOf(driven: DrivenOutcome): GoldenExpectation {
  switch (driven.kind) {
    case 'reply':
      return { reply: replyOf(driven.bytes) };
    case 'reject': {
      const { reject_code, reject_message, error_code, certified } = driven;
      return { reject: { reject_code, reject_message, error_code, certified } };
    }
    case 'refused':
      return { refused: driven.text };
    case 'pending':
      return { pending: true };
  }
}

function replyOf(bytes: Uint8Array): GoldenReply {
  return bytes.length > REPLY_HEX_BYTES_MAX
    ? { sha256: createHash('sha256').update(bytes).digest('hex'), length: bytes.length }
    : { hex: Buffer.from(bytes).toString('hex') };
}

function hexWithoutZeroTail(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Buffer.from(bytes.subarray(0, end)).toString('hex');
}
