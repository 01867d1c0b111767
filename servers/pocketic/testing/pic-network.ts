/** Creates instances with several subnets on this server, with the unmodified `@dfinity/pic`. */
import { PocketIc, SubnetStateType, type CreateInstanceOptions } from '@dfinity/pic';
import { type Principal } from '@icp-sdk/core/principal';
import { onTestFinished } from 'vitest';
import { forwardArg } from '../../../replicas/embedded/testing/module-text.js';
import { EngineBackend } from '../engine-backend.js';
import { compileNetworkCanister } from './network-canister.js';
import { sendTo, startServer } from './start-server.js';

export const NEW = { state: { type: SubnetStateType.New } } as const;
export const BENCHMARKING = { ...NEW, enableBenchmarkingInstructionLimits: true } as const;
export const ALL: CreateInstanceOptions = {
  nns: NEW,
  sns: NEW,
  ii: NEW,
  fiduciary: NEW,
  bitcoin: NEW,
  system: [NEW],
  application: [NEW, BENCHMARKING],
};
export const START_NS = 1_620_328_630_000_000_000n;

export async function setUp(options: CreateInstanceOptions) {
  const { url } = await startServer((options) => Promise.resolve(new EngineBackend(options)));
  const pic = await PocketIc.create(url, { processingTimeoutMs: 300_000, ...options });
  onTestFinished(() => pic.tearDown());
  const send = sendTo(url);
  const timeNs = async (): Promise<bigint> =>
    BigInt(/\d+/.exec((await send('GET', '/instances/0/read/get_time')).text)![0]);
  return { pic, send, timeNs, url };
}
export type Pic = Awaited<ReturnType<typeof setUp>>['pic'];

export const wasm = compileNetworkCanister;

export async function install(pic: Pic, targetSubnetId?: Principal): Promise<Principal> {
  const canisterId = await pic.createCanister(targetSubnetId ? { targetSubnetId } : {});
  await pic.installCode({ canisterId, wasm: await wasm() });
  return canisterId;
}

/** Returns the reply of an update call. */
export async function update(
  pic: Pic,
  canisterId: Principal,
  method: string,
  arg: Uint8Array = new Uint8Array(0),
) {
  return Buffer.from(await pic.updateCall({ canisterId, method, arg }));
}
export const bytes = (buffer: Buffer): Uint8Array => Uint8Array.from(buffer);

/** Decodes the reply of `forward` for a rejected call. */
export function rejectOf(reply: Buffer) {
  return {
    code: reply.readUInt32LE(0),
    text: reply.subarray(4).toString(),
  };
}

/** Returns the argument of `forward`. */
export function to(callee: Principal, method: string, payload?: string) {
  return forwardArg(callee.toText(), method, Buffer.from(payload ?? ''));
}
