/**
 * Repeats the session of `@dfinity/pic` that was recorded with a PocketIC 10.0.0 server. Each library must return what the recording
 * holds.
 */
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import {
  libraryResults,
  sessionModule,
  type LibraryResult,
} from '../../../replicas/pocketic/testing/golden-exchanges.js';
import { counterInterface } from './counter.js';
import { PIC_LIBRARIES } from './libraries.js';

const CANISTER = Principal.fromText('lxzze-o7777-77777-aaaaa-cai');
const OTHER = Principal.fromText('izwuf-gb2vh-b6iqq-fhxvm-dfric-yfku3-tu6fg-3ibrs-3fsg6-nb7cm-jae');

/** Converts a value to the form of the recording: principals as texts, bytes in hex, long ones truncated, amounts as doubles. */
function recordable(value: unknown): unknown {
  // `instanceof` does not work, because the libraries load their own builds of the class.
  if (Principal.isPrincipal(value)) return { __principal__: value.toText() };
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value.subarray(0, 100)).toString('hex')}`;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(recordable);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) =>
        inner === undefined ? [] : [[key, recordable(inner)]],
      ),
    );
  }
  return value ?? null;
}

async function record(api: string, call: () => Promise<unknown>): Promise<LibraryResult> {
  try {
    return { api, returned: recordable(await call()) };
  } catch (error) {
    return { api, threw: String(error) };
  }
}

describe.each(PIC_LIBRARIES)('the recorded session with $name', ({ PocketIc, start, amountOf }) => {
  it('gets the results that PocketIC returned', async () => {
    const url = await start();
    const wasm = sessionModule();
    const pic = await PocketIc.create(url);
    const on = { canisterId: CANISTER };
    const results: LibraryResult[] = [];
    const run = async (api: string, call: () => Promise<unknown>) =>
      void results.push(await record(api, call));

    await run('getTopology', () => pic.getTopology());
    await run('getApplicationSubnets', () => pic.getApplicationSubnets());
    await run('getTime', () => pic.getTime());
    await run('createCanister', () => pic.createCanister());
    await run('getCanisterSubnetId', () => pic.getCanisterSubnetId(CANISTER));
    await run('getControllers', () => pic.getControllers(CANISTER));
    await run('getCyclesBalance', () => pic.getCyclesBalance(CANISTER));
    await run('addCycles', () => pic.addCycles(CANISTER, amountOf(1_000_000n)));
    await run('installCode', () => pic.installCode({ ...on, wasm }));
    await run('updateCall ok', () =>
      pic.updateCall({ ...on, method: 'mutate', arg: Uint8Array.of(1, 2, 3) }),
    );
    await run('queryCall ok', () => pic.queryCall({ ...on, method: 'state' }));
    await run('queryCall reject', () => pic.queryCall({ ...on, method: 'query_reject' }));
    await run('updateCall trap', () => pic.updateCall({ ...on, method: 'trap' }));
    await run('updateCall missing method', () => pic.updateCall({ ...on, method: 'absent' }));
    await run('updateCall other sender', () => pic.updateCall({ ...on, method: 'print', sender: OTHER }));
    await run('tick(2)', () => pic.tick(2));
    await run('setTime', () => pic.setTime(1_704_067_200_000));
    await run('tick', () => pic.tick());
    await run('getTime', () => pic.getTime());
    await run('advanceTime(60000)', () => pic.advanceTime(60_000));
    await run('setCertifiedTime', () => pic.setCertifiedTime(1_704_067_300_000));
    await run('advanceCertifiedTime', () => pic.advanceCertifiedTime(1000));
    await run('getTime', () => pic.getTime());
    await run('getStableMemory', () => pic.getStableMemory(CANISTER));
    await run('setStableMemory', () => pic.setStableMemory(CANISTER, Uint8Array.of(9, 8, 7)));
    await run('getStableMemory', () => pic.getStableMemory(CANISTER));
    await run('getPubKey', async () => pic.getPubKey((await pic.getApplicationSubnets())[0]!.id));
    await run('upgradeCanister', () => pic.upgradeCanister({ ...on, wasm }));
    await run('reinstallCode', () => pic.reinstallCode({ ...on, wasm }));
    await run('updateCanisterSettings', () => pic.updateCanisterSettings({ ...on, freezingThreshold: 100n }));
    await run('stopCanister', () => pic.stopCanister(on));
    await run('startCanister', () => pic.startCanister(on));
    await run(
      'setupCanister',
      async () => (await pic.setupCanister({ idlFactory: counterInterface, wasm })).canisterId,
    );
    await run('getPendingHttpsOutcalls', () => pic.getPendingHttpsOutcalls());
    await run('tearDown', () => pic.tearDown());

    const expected = libraryResults.filter(({ api }) => api !== 'PocketIc.create(url)');
    expect(results).toEqual(expected);
  });
});
