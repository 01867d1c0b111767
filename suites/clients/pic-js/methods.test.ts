/** Calls every public method of a library that the recorded session does not call, and checks what canisters and the library observe. */
import { CanisterCyclesCostSchedule, SubnetStateType } from '@dfinity/pic';
import { Actor, HttpAgent } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { counterModule } from '../../../servers/pocketic/testing/counter-module.js';
import { counterInterface, type Counter } from './counter.js';
import { PIC_LIBRARIES, type PicLibrary } from './libraries.js';

const CANISTER = Principal.fromText('lxzze-o7777-77777-aaaaa-cai');
const OTHER = Principal.fromText('izwuf-gb2vh-b6iqq-fhxvm-dfric-yfku3-tu6fg-3ibrs-3fsg6-nb7cm-jae');
const ABSENT_CANISTER = Principal.fromText('lqy7q-dh777-77777-aaaaq-cai');

/** Methods that the recorded session calls (`session.test.ts`), or that the types declare as private. */
const ELSEWHERE = new Set([
  'getTime',
  'createCanister',
  'getControllers',
  'installCode',
  'updateCall',
  'queryCall',
  'setTime',
  'advanceTime',
  'setCertifiedTime',
  'advanceCertifiedTime',
  'getStableMemory',
  'setStableMemory',
  'getPubKey',
  'upgradeCanister',
  'reinstallCode',
  'updateCanisterSettings',
  'stopCanister',
  'startCanister',
  'installCodeChunked',
]);

async function setUp({ PocketIc, start }: PicLibrary, options = {}) {
  const url = await start();
  const pic = await PocketIc.create(url, options);
  onTestFinished(() => pic.tearDown());
  const { actor, canisterId } = await pic.setupCanister<Counter>({
    idlFactory: counterInterface,
    wasm: await counterModule(),
  });
  return { url, pic, actor, canisterId };
}

function silence(): void {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => noise.mockRestore());
}

describe.each(PIC_LIBRARIES)('$name', (library) => {
  const { PocketIc, amountOf } = library;
  const has = (method: string): boolean => Object.hasOwn(PocketIc.prototype, method);
  /** Spies on every public method. The last test checks that each was called. */
  const calls = new Map(
    Object.getOwnPropertyNames(PocketIc.prototype)
      .filter((name) => name !== 'constructor' && !ELSEWHERE.has(name))
      .map((name) => [name, vi.spyOn(PocketIc.prototype, name as 'tick')]),
  );

  it('calls updates and queries with an actor', async () => {
    const { actor } = await setUp(library);
    actor.setPrincipal(OTHER);
    expect([await actor.inc(), await actor.inc(), await actor.get()]).toEqual([1n, 2n, 2n]);
    await expect(actor.refuse()).rejects.toThrow(
      /hello, world\. Reject code: CanisterReject\. Error code: CanisterRejectedMessage\. Certified: true/,
    );
  });

  it('runs concurrent calls of an actor', async () => {
    const { actor } = await setUp(library);
    const answers = await Promise.all(Array.from({ length: 20 }, () => actor.inc()));
    expect([...answers].sort((a, b) => Number(a - b))).toEqual(
      Array.from({ length: 20 }, (_, i) => BigInt(i + 1)),
    );
  });

  it('submits first and waits later with a deferred actor', async () => {
    const { pic, actor, canisterId } = await setUp(library);
    const deferred = pic.createDeferredActor<Counter>(counterInterface, canisterId);
    const first = await deferred.inc();
    const second = await deferred.inc();
    expect(await actor.get()).toBe(0n);
    expect(new Set([await first(), await second()])).toEqual(new Set([1n, 2n]));
  });

  it('creates an actor for an existing canister', async () => {
    const { pic, canisterId } = await setUp(library);
    expect(await pic.createActor<Counter>(counterInterface, canisterId).inc()).toBe(1n);
  });

  it.runIf(library.isLatest)('installs a module that does not fit in a message', async () => {
    const { pic } = await setUp(library);
    const { actor } = await pic.setupCanister<Counter>({
      idlFactory: counterInterface,
      wasm: await counterModule(2_500_000),
    });
    expect(await actor.inc()).toBe(1n);
  });

  it.runIf(has('canisterStatus'))('reads the status of a canister and sets every setting', async () => {
    const { pic, canisterId } = await setUp(library);
    await pic.updateCanisterSettings({
      canisterId,
      computeAllocation: 1n,
      memoryAllocation: 2_000_000n,
      freezingThreshold: 100n,
      reservedCyclesLimit: 5n,
      logVisibility: { allowedViewers: [OTHER] },
      wasmMemoryLimit: 1_000_000_000n,
      wasmMemoryThreshold: 6n,
      environmentVariables: [{ name: 'a', value: 'b' }],
    });
    const { status, settings, moduleHash, memorySize } = await pic.canisterStatus({ canisterId });
    expect(status).toEqual({ running: null });
    expect(settings).toMatchObject({
      computeAllocation: 1n,
      memoryAllocation: 2_000_000n,
      freezingThreshold: 100n,
      reservedCyclesLimit: 5n,
      wasmMemoryLimit: 1_000_000_000n,
      wasmMemoryThreshold: 6n,
      environmentVariables: [{ name: 'a', value: 'b' }],
    });
    const { logVisibility } = settings;
    const viewers = 'allowedViewers' in logVisibility ? logVisibility.allowedViewers : [];
    expect(viewers.map((viewer) => viewer.toText())).toEqual([OTHER.toText()]);
    expect(moduleHash).toHaveLength(32);
    expect(memorySize).toBeGreaterThan(0n);
  });

  it.runIf(has('getDefaultEffectiveCanisterId'))('returns the default effective canister id', async () => {
    const { pic } = await setUp(library);
    expect((await pic.getDefaultEffectiveCanisterId()).toText()).toBe(CANISTER.toText());
  });

  it('finds one application subnet and no other subnet', async () => {
    const { pic } = await setUp(library);
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
    expect(await pic.getTopology()).toHaveLength(1);
    expect(await pic.getCanisterSubnetId(ABSENT_CANISTER)).toBeNull();
  });

  it('reads and adds cycles', async () => {
    const { pic, canisterId } = await setUp(library);
    const before = await pic.getCyclesBalance(canisterId);
    await pic.addCycles(canisterId, amountOf(1_000_000_000_000_000n));
    expect((await pic.getCyclesBalance(canisterId)) - before).toEqual(amountOf(1_000_000_000_000_000n));
  });

  it.runIf(library.isLatest)('creates a subnet where everything is free', async () => {
    const spentIn30Days = async (costSchedule: CanisterCyclesCostSchedule) => {
      const subnet = { state: { type: SubnetStateType.New as const }, costSchedule };
      const { pic, actor, canisterId } = await setUp(library, { application: [subnet] });
      const before = await pic.getCyclesBalance(canisterId);
      await pic.advanceTime(30 * 24 * 3600 * 1000);
      await pic.tick(2);
      await actor.inc();
      return before - (await pic.getCyclesBalance(canisterId));
    };
    expect(await spentIn30Days(CanisterCyclesCostSchedule.Normal)).toBeGreaterThan(1_000_000n);
    expect(await spentIn30Days(CanisterCyclesCostSchedule.Free)).toBe(amountOf(0n));
  });

  it('sets the time, certified or not, and the canister reads it', async () => {
    const { pic, actor } = await setUp(library);
    const from = Date.now();
    await pic.resetTime();
    await pic.tick();
    await pic.resetCertifiedTime();
    await pic.tick();
    const seen = Number((await actor.now()) / 1_000_000n);
    expect(seen).toBeGreaterThanOrEqual(from);
    expect(seen).toBeLessThanOrEqual(Date.now() + 1);
  });

  it.runIf(library.isLatest)('serves agents over HTTP while it is live', async () => {
    const { pic, actor, canisterId } = await setUp(library);
    const port = await pic.makeLive();
    expect(await pic.makeLive()).toBe(port);
    const agent = await HttpAgent.create({ host: `http://localhost:${port}`, shouldFetchRootKey: true });
    const live = Actor.createActor<Counter>(counterInterface, { agent, canisterId: canisterId.toText() });
    expect([await live.inc(), await live.inc(), await live.get()]).toEqual([1n, 2n, 2n]);
    await pic.stopLive();
    await expect(live.get()).rejects.toThrow();
    expect(await actor.get()).toBe(2n);
  });

  it('throws the error of the server', async () => {
    silence();
    const pic = await PocketIc.create(await library.start(), { processingTimeoutMs: 1500 });
    await expect(pic.setTime(1000)).rejects.toThrow(
      /SettingTimeIntoPast\(\(1620328630000000001, 1000000000\)\)/,
    );
    await expect(pic.getCyclesBalance(ABSENT_CANISTER)).rejects.toThrow(
      /CanisterNotFound\(CanisterId\(lqy7q-dh777-77777-aaaaq-cai\)\)/,
    );
    const [subnet] = await pic.getApplicationSubnets();
    await expect(
      pic.mockPendingHttpsOutcall({
        subnetId: subnet!.id,
        requestId: 1,
        response: { type: 'success', statusCode: 200, headers: [], body: new Uint8Array(0) },
      }),
    ).rejects.toThrow(/InvalidCanisterHttpRequestId/);
    expect(await pic.getPendingHttpsOutcalls()).toEqual([]);
  });

  it('keeps instances separate', async () => {
    const { url, pic, actor } = await setUp(library);
    const other = await PocketIc.create(url);
    await actor.inc();
    expect(await other.getCanisterSubnetId(CANISTER)).toBeNull();
    await other.tearDown();
    await pic.tick();
    expect(await actor.get()).toBe(1n);
  });

  it('calls every public method', () => {
    const missing = [...calls].filter(([, spy]) => spy.mock.calls.length === 0).map(([name]) => name);
    expect(missing).toEqual([]);
    expect(calls.size).toBeGreaterThan(18);
  });
});
