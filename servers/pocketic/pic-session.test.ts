/**
 * Runs the unmodified `@dfinity/pic` against this server: first the session that was recorded with a PocketIC 10.0.0 server, with the
 * results that the library returned there, then every public method that the session does not use.
 */
import { CanisterHttpMethod, PocketIc } from '@dfinity/pic';
import type { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  libraryResults,
  sessionModule,
  type LibraryResult,
} from '../../replicas/pocketic/testing/golden-exchanges.js';
import { EngineBackend } from './engine-backend.js';
import { counterModule } from './testing/counter-module.js';
import { startServer } from './testing/start-server.js';

const CANISTER = Principal.fromText('lxzze-o7777-77777-aaaaa-cai');
const OTHER = Principal.fromText('izwuf-gb2vh-b6iqq-fhxvm-dfric-yfku3-tu6fg-3ibrs-3fsg6-nb7cm-jae');
const ABSENT_CANISTER = Principal.fromText('lqy7q-dh777-77777-aaaaq-cai');

/** Spies on every public method. The last test checks that each was called. */
const calls = new Map(
  Object.getOwnPropertyNames(PocketIc.prototype)
    .filter((name) => name !== 'constructor')
    .map((name) => [name, vi.spyOn(PocketIc.prototype, name as 'tick')]),
);

const createServer = () => startServer(() => Promise.resolve(new EngineBackend()));

/** Converts a value to the form of the recording: principals as texts, bytes in hex, long ones truncated. */
function recordable(value: unknown): unknown {
  // `instanceof` does not work, because the library loads the CommonJS build of the class.
  if (Principal.isPrincipal(value)) return { __principal__: value.toText() };
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value.subarray(0, 100)).toString('hex')}`;
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

describe('the recorded session of @dfinity/pic', () => {
  it('gets the results that PocketIC returned', async () => {
    const { url } = await createServer();
    const wasm = new Uint8Array(sessionModule()).buffer;
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
    await run('addCycles', () => pic.addCycles(CANISTER, 1_000_000));
    await run('installCode', () => pic.installCode({ ...on, wasm }));
    await run('updateCall ok', () =>
      pic.updateCall({ ...on, method: 'mutate', arg: Uint8Array.of(1, 2, 3).buffer }),
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
    await run('setStableMemory', () => pic.setStableMemory(CANISTER, Uint8Array.of(9, 8, 7).buffer));
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

/** A type, not an interface, because the library requires an index signature. */
type Counter = Record<'inc' | 'get' | 'now' | 'refuse', () => Promise<bigint>>;

const counterInterface: IDL.InterfaceFactory = ({ IDL: idl }) =>
  idl.Service({
    inc: idl.Func([], [idl.Nat64], []),
    get: idl.Func([], [idl.Nat64], ['query']),
    now: idl.Func([], [idl.Nat64], ['query']),
    refuse: idl.Func([], [idl.Nat64], []),
  });

async function setUp() {
  const { url } = await createServer();
  const pic = await PocketIc.create(url);
  onTestFinished(() => pic.tearDown());
  const { actor, canisterId } = await pic.setupCanister<Counter>({
    idlFactory: counterInterface,
    wasm: new Uint8Array(await counterModule()).buffer,
  });
  return { url, pic, actor, canisterId };
}

describe('@dfinity/pic with this server', () => {
  it('calls updates and queries with an actor', async () => {
    const { actor } = await setUp();
    actor.setPrincipal(OTHER);
    expect([await actor.inc(), await actor.inc(), await actor.get()]).toEqual([1n, 2n, 2n]);
    await expect(actor.refuse()).rejects.toThrow(
      /hello, world\. Reject code: CanisterReject\. Error code: CanisterRejectedMessage\. Certified: true/,
    );
  });

  it('runs concurrent calls of an actor', async () => {
    const { actor } = await setUp();
    const answers = await Promise.all(Array.from({ length: 20 }, () => actor.inc()));
    expect([...answers].sort((a, b) => Number(a - b))).toEqual(
      Array.from({ length: 20 }, (_, i) => BigInt(i + 1)),
    );
  });

  it('submits first and waits later with a deferred actor', async () => {
    const { pic, actor, canisterId } = await setUp();
    const deferred = pic.createDeferredActor<Counter>(counterInterface, canisterId);
    const first = await deferred.inc();
    const second = await deferred.inc();
    expect(await actor.get()).toBe(0n);
    expect(new Set([await first(), await second()])).toEqual(new Set([1n, 2n]));
  });

  it('creates an actor for an existing canister', async () => {
    const { pic, canisterId } = await setUp();
    expect(await pic.createActor<Counter>(counterInterface, canisterId).inc()).toBe(1n);
  });

  it('finds one application subnet and no other subnet', async () => {
    const { pic } = await setUp();
    const others = [
      await pic.getBitcoinSubnet(),
      await pic.getFiduciarySubnet(),
      await pic.getInternetIdentitySubnet(),
      await pic.getNnsSubnet(),
      await pic.getSnsSubnet(),
    ];
    expect(others).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(await pic.getSystemSubnets()).toEqual([]);
    expect(await pic.getApplicationSubnets()).toHaveLength(1);
    expect(await pic.getCanisterSubnetId(ABSENT_CANISTER)).toBeNull();
  });

  it('sets the time, certified or not, and the canister reads it', async () => {
    const { pic, actor } = await setUp();
    const from = Date.now();
    await pic.resetTime();
    await pic.tick();
    await pic.resetCertifiedTime();
    await pic.tick();
    const seen = Number((await actor.now()) / 1_000_000n);
    expect(seen).toBeGreaterThanOrEqual(from);
    expect(seen).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('throws the server’s error when it stops retrying', async () => {
    const { url } = await createServer();
    const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => noise.mockRestore());
    const pic = await PocketIc.create(url, { processingTimeoutMs: 1500 });
    await expect(pic.setTime(1000)).rejects.toThrow(
      /^SettingTimeIntoPast\(\(1620328630000000001, 1000000000\)\)$/,
    );
    await expect(pic.getCyclesBalance(ABSENT_CANISTER)).rejects.toThrow(
      /^CanisterNotFound\(CanisterId\(lqy7q-dh777-77777-aaaaq-cai\)\)$/,
    );
    const [subnet] = await pic.getApplicationSubnets();
    await expect(
      pic.mockPendingHttpsOutcall({
        subnetId: subnet!.id,
        requestId: 1,
        response: { type: 'success', statusCode: 200, headers: [], body: new Uint8Array(0) },
      }),
    ).rejects.toThrow(/^InvalidCanisterHttpRequestId/);
    expect(CanisterHttpMethod.GET).toBe('GET');
  });

  it('keeps instances separate', async () => {
    const { url, pic, actor } = await setUp();
    const other = await PocketIc.create(url);
    await actor.inc();
    expect(await other.getCanisterSubnetId(CANISTER)).toBeNull();
    await other.tearDown();
    await pic.tick();
    expect(await actor.get()).toBe(1n);
  });

  it('is tested with every public method', () => {
    expect([...calls].filter(([, spy]) => spy.mock.calls.length === 0).map(([name]) => name)).toEqual([]);
    expect(calls.size).toBeGreaterThan(35);
  });
});
