/**
 * Prints how fast a test that uses the interface of `@dfinity/pic` calls a canister, in process and with a server of `serve`, and the
 * processor time of a call on Linux.
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { PocketIc as HttpPocketIc } from '@dfinity/pic';
import type { IDL } from '@icp-sdk/core/candid';
import { PocketIc } from '../pic/index.js';
import { uploadTarget } from '../targets/upload.js';
import { startServe } from './serve-process.js';

const CALLS = 1_000;
const WARM_UP_CALLS = 200;

/** A type, not an interface, because the library requires an index signature. */
type Service = Record<'upload_config' | 'capsules_list', () => Promise<unknown>> & {
  capsules_create(name: [string]): Promise<unknown>;
};

const service: IDL.InterfaceFactory = ({ IDL: idl }) =>
  idl.Service({
    upload_config: idl.Func([], [idl.Reserved], ['query']),
    capsules_create: idl.Func([idl.Opt(idl.Text)], [idl.Reserved], []),
    capsules_list: idl.Func([], [idl.Reserved], ['query']),
  });

/** The unit of processor time in `/proc`. */
const MS_PER_TICK = 10;

/** Processor time of this process and of the server, in milliseconds. Only Linux has `/proc`; elsewhere the server's part is missing. */
function processorMs(serverPid: number | undefined): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1_000;
  const file = `/proc/${serverPid}/stat`;
  if (serverPid === undefined || !existsSync(file)) return own;
  // The name in parentheses may contain spaces. User and system time are the fields 14 and 15.
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)!.split(' ');
  return own + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Runs the calls. Returns a text: calls per second, and processor time of a call. */
async function run(
  count: number,
  serverPid: number | undefined,
  call: () => Promise<unknown>,
): Promise<string> {
  const [start, processorStart] = [performance.now(), processorMs(serverPid)];
  for (let done = 0; done < count; done++) await call();
  const perSecond = (count * 1_000) / (performance.now() - start);
  const processor = (processorMs(serverPid) - processorStart) / count;
  return `${perSecond.toFixed(0)} per second (${processor.toFixed(2)} ms of processor time each)`;
}

/** The same test for both implementations of the interface. */
async function measure(
  name: string,
  create: () => Promise<PocketIc>,
  { wasm, serverPid }: { readonly wasm: Uint8Array; readonly serverPid?: number | undefined },
): Promise<void> {
  const start = performance.now();
  const pic = await create();
  const arg = uploadTarget.encodeInitArg({});
  const { actor } = await pic.setupCanister<Service>({ idlFactory: service, wasm, arg });
  const setUpMs = performance.now() - start;
  const update = () => actor.capsules_create(['bench']);
  const query = () => actor.upload_config();
  await run(WARM_UP_CALLS, serverPid, update);
  await run(WARM_UP_CALLS, serverPid, query);
  const updates = await run(CALLS, serverPid, update);
  const queries = await run(CALLS, serverPid, query);
  await pic.tearDown();
  console.log(
    `${name}: updates ${updates}, queries ${queries}, ${setUpMs.toFixed(0)} ms for a new instance with the upload canister`,
  );
}

export async function benchPic(wasm: Uint8Array): Promise<void> {
  await measure('canister-upload-stress/pic', () => PocketIc.create(), { wasm });
  const { url, child } = await startServe();
  await measure('@dfinity/pic with serve', () => HttpPocketIc.create(url), { wasm, serverPid: child.pid });
  child.kill();
  await once(child, 'exit');
}
