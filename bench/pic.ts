/** Prints how fast a test that uses the interface of `@dfinity/pic` calls a canister: in process, and with a server of `serve`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PocketIc as HttpPocketIc } from '@dfinity/pic';
import type { IDL } from '@icp-sdk/core/candid';
import { PACKAGE_ROOT } from '../package-root.js';
import { PocketIc } from '../pic/index.js';
import { uploadTarget } from '../targets/upload.js';

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

/** Starts the executable. Returns its URL and a function that ends it. */
async function startServer(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const main = path.join(PACKAGE_ROOT, 'dist/servers/pocketic/main.js');
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const stop = async (): Promise<void> => {
    child.kill();
    await once(child, 'exit');
  };
  return { url: line.replace('listening on ', ''), stop };
}

async function perSecond(count: number, call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < count; done++) await call();
  return (count * 1_000) / (performance.now() - start);
}

/** The same test for both implementations of the interface. */
async function measure(name: string, create: () => Promise<PocketIc>, wasm: Uint8Array): Promise<void> {
  const start = performance.now();
  const pic = await create();
  const arg = uploadTarget.encodeInitArg({});
  const { actor } = await pic.setupCanister<Service>({ idlFactory: service, wasm, arg });
  const setUpMs = performance.now() - start;
  const update = () => actor.capsules_create(['bench']);
  const query = () => actor.upload_config();
  await perSecond(WARM_UP_CALLS, update);
  await perSecond(WARM_UP_CALLS, query);
  const [updates, queries] = [await perSecond(CALLS, update), await perSecond(CALLS, query)];
  await pic.tearDown();
  console.log(
    `${name}: ${updates.toFixed(0)} updates and ${queries.toFixed(0)} queries per second, ${setUpMs.toFixed(0)} ms for a new instance with the upload canister`,
  );
}

export async function benchPic(wasm: Uint8Array): Promise<void> {
  await measure('canister-upload-stress/pic', () => PocketIc.create(), wasm);
  const { url, stop } = await startServer();
  await measure('@dfinity/pic with serve', () => HttpPocketIc.create(url), wasm);
  await stop();
}
