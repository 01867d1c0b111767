/** Tests several subnets in one instance: their kinds, the subnet of a new canister, and their limits and fees. */
import { SubnetStateType, SubnetType } from '@dfinity/pic';
import { Principal } from '@icp-sdk/core/principal';
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeArgument } from '../../replicas/embedded/management-interface/candid-types.js';
import { ALL, BENCHMARKING, install, NEW, setUp, START_NS, to, update, wasm } from './testing/pic-network.js';

describe('an instance with several subnets', () => {
  it('has every kind of subnet, and the library finds each', async () => {
    const { pic, timeNs } = await setUp(ALL);
    expect(await timeNs()).toBe(START_NS + 8n);
    const named = [
      await pic.getNnsSubnet(),
      await pic.getSnsSubnet(),
      await pic.getInternetIdentitySubnet(),
      await pic.getFiduciarySubnet(),
      await pic.getBitcoinSubnet(),
    ];
    expect(named.map((subnet) => subnet?.type)).toEqual([
      SubnetType.NNS,
      SubnetType.SNS,
      SubnetType.InternetIdentity,
      SubnetType.Fiduciary,
      SubnetType.Bitcoin,
    ]);
    expect(await pic.getSystemSubnets()).toHaveLength(1);
    expect(await pic.getApplicationSubnets()).toHaveLength(2);
    expect(await pic.getTopology()).toHaveLength(8);
    for (const { id } of await pic.getTopology()) {
      const digest = createHash('sha224')
        .update(new Uint8Array(await pic.getPubKey(id)))
        .digest();
      expect(id.toHex().toLowerCase()).toBe(`${digest.toString('hex')}02`);
    }
  });

  it('creates verified application subnets, whose name this version of the library cannot decode', async () => {
    const { pic, send } = await setUp({ application: [NEW], verifiedApplication: [NEW] });
    const { text } = await send('GET', '/instances/0/_/topology');
    const kinds = Object.values(
      (JSON.parse(text) as { subnet_configs: Record<string, { subnet_kind: string }> }).subnet_configs,
    );
    expect(kinds.map(({ subnet_kind }) => subnet_kind).sort()).toEqual([
      'Application',
      'VerifiedApplication',
    ]);
    await expect(pic.getTopology()).rejects.toThrow('Unknown subnet kind: VerifiedApplication');
  });

  it('creates canisters on the requested subnet, or on the first application subnet', async () => {
    const { pic } = await setUp(ALL);
    for (const { id, canisterRanges } of await pic.getTopology()) {
      const canister = await install(pic, id);
      expect(canister.toText()).toBe(canisterRanges.at(-1)!.start.toText());
      expect((await pic.getCanisterSubnetId(canister))?.toText()).toBe(id.toText());
      expect((await update(pic, canister, 'subnet')).toString('hex')).toBe(id.toHex().toLowerCase());
      const root = await pic.getPubKey((await pic.getNnsSubnet())!.id);
      expect([...(await update(pic, canister, 'root_key'))]).toEqual([...new Uint8Array(root)]);
    }
    const anywhere = await pic.createCanister();
    const first = 'ffffffffff800001' + '0101';
    expect(anywhere.toHex().toLowerCase()).toBe(first);
  });

  it('creates canisters with mainnet ids on the subnet that hosts them', async () => {
    const { pic } = await setUp({ nns: NEW, application: [NEW] });
    const ledger = Principal.fromText('ryjl3-tyaaa-aaaaa-aaaba-cai');
    expect((await pic.createCanister({ targetCanisterId: ledger })).toText()).toBe(ledger.toText());
    expect((await pic.getCanisterSubnetId(ledger))?.toText()).toBe((await pic.getNnsSubnet())!.id.toText());
    await expect(pic.createCanister({ targetCanisterId: ledger })).rejects.toThrow(/is already installed/);
  });

  it('creates a subnet for a mainnet id without one, which takes a round and 1 ns', async () => {
    const { pic, timeNs } = await setUp({ application: [NEW] });
    const before = await timeNs();
    const minter = Principal.fromText('mf7xa-laaaa-aaaar-qaaaa-cai');
    await pic.createCanister({ targetCanisterId: minter });
    // One round for the new subnet, and one in which the canister is created.
    expect((await timeNs()) - before).toBe(2n);
    expect((await pic.getFiduciarySubnet())?.id.toText()).toBe(
      (await pic.getCanisterSubnetId(minter))?.toText(),
    );
    await pic.installCode({ canisterId: minter, wasm: await wasm() });
    const other = await install(pic);
    expect((await update(pic, other, 'forward', to(minter, 'echo', 'far'))).toString()).toBe('far');
    const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => noise.mockRestore());
    await expect(
      pic.createCanister({ targetCanisterId: Principal.fromText('rdmx6-jaaaa-aaaaa-aaadq-cai') }),
    ).rejects.toThrow(/belongs to the NNS or II subnet on the IC mainnet/);
  });

  it('refuses to load a state from disk', async () => {
    const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => noise.mockRestore());
    await expect(setUp({ nns: { state: { type: SubnetStateType.FromPath, path: '/x' } } })).rejects.toThrow(
      'this server cannot load a state from disk; use a PocketIC server',
    );
  });
});

describe('the limits and fees of a subnet', () => {
  it('charge nothing on system subnets and more on large subnets', async () => {
    const { pic } = await setUp(ALL);
    const cost = async (subnet: { id: Principal } | undefined): Promise<number> => {
      const canister = await install(pic, subnet!.id);
      await pic.addCycles(canister, 0n);
      const before = await pic.getCyclesBalance(canister);
      await update(pic, canister, 'echo');
      return Number(before - (await pic.getCyclesBalance(canister)));
    };
    expect(await cost(await pic.getNnsSubnet())).toBe(0);
    expect(await cost((await pic.getSystemSubnets())[0])).toBe(0);
    const usual = await cost((await pic.getApplicationSubnets())[0]);
    const large = await cost(await pic.getFiduciarySubnet());
    expect(usual).toBeGreaterThan(6_000_000);
    expect(large / usual).toBeCloseTo(34 / 13, 3);
  });

  it('allow only the cycles minting canister of the NNS to mint', async () => {
    const { pic } = await setUp({ nns: NEW, application: [NEW] });
    const minter = Principal.fromText('rkp4c-7iaaa-aaaaa-aaaca-cai');
    await pic.createCanister({ targetCanisterId: minter, cycles: 5n });
    await pic.installCode({ canisterId: minter, wasm: await wasm() });
    expect((await update(pic, minter, 'mint')).readBigUInt64LE()).toBe(1_000_000n);
    // The library returns small amounts as numbers.
    expect(Number(await pic.getCyclesBalance(minter))).toBe(1_000_005);
    await expect(update(pic, await install(pic), 'mint')).rejects.toThrow(
      /ic0\.mint_cycles128 cannot be executed on non Cycles Minting Canister/,
    );
  });

  it('allow messages of 3 MiB only on system subnets', async () => {
    const { pic } = await setUp({ nns: NEW, application: [NEW] });
    const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => noise.mockRestore());
    const [system, application] = [await install(pic, (await pic.getNnsSubnet())!.id), await install(pic)];
    const arg = new Uint8Array(3 * 1_024 * 1_024);
    expect((await update(pic, system, 'take', arg)).length).toBe(0);
    await expect(update(pic, application, 'take', arg)).rejects.toThrow(
      /is larger than the max allowed 2097152/,
    );
    await expect(update(pic, system, 'take', new Uint8Array(4_000_000))).rejects.toThrow(
      /is larger than the max allowed 3670016/,
    );
  });

  it('allow longer queries in update calls on system subnets and with benchmarking limits', async () => {
    const { pic } = await setUp({ nns: NEW, application: [NEW, BENCHMARKING] });
    const subnets = await pic.getApplicationSubnets();
    const [first] = subnets.filter(
      ({ canisterRanges }) => canisterRanges[0]!.start.toText() === '7tjcv-pp777-77776-qaaaa-cai',
    );
    const [benchmarking] = subnets.filter((subnet) => subnet !== first);
    const burn = async (subnet: Principal) => update(pic, await install(pic, subnet), 'burn');
    expect((await burn((await pic.getNnsSubnet())!.id)).length).toBe(0);
    expect((await burn(benchmarking!.id)).length).toBe(0);
    await expect(burn(first!.id)).rejects.toThrow(/exceeded the limit of 5000000000 instructions/);
  });
});

describe('the route of a call', () => {
  it('is its effective subnet, its effective canister, or the canister in its argument', async () => {
    const { pic, send } = await setUp({ nns: NEW, application: [NEW] });
    const nns = (await pic.getNnsSubnet())!;
    const canister = await install(pic, nns.id);
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const call = async (
      effective: unknown,
      method = 'hello',
      target: Uint8Array = canister.toUint8Array(),
      payload: Uint8Array = new Uint8Array(0),
    ) => {
      const { text } = await send(
        'POST',
        '/instances/0/read/query',
        JSON.stringify({
          sender: 'BA==',
          canister_id: base64(target),
          method,
          payload: base64(payload),
          effective_principal: effective,
        }),
      );
      return JSON.parse(text) as {
        Ok?: string;
        Err?: { error_code: string; reject_message: string };
        message?: string;
      };
    };
    const application = (await pic.getApplicationSubnets())[0]!;
    expect(await call('None')).toEqual({ Ok: base64(Buffer.from('not')) });
    expect(await call({ SubnetId: base64(nns.id.toUint8Array()) })).toEqual({
      Ok: base64(Buffer.from('not')),
    });
    expect(
      await call({ CanisterId: base64(Principal.fromText('ryjl3-tyaaa-aaaaa-aaaba-cai').toUint8Array()) }),
    ).toHaveProperty('Ok');
    expect((await call({ SubnetId: base64(application.id.toUint8Array()) })).Err?.reject_message).toBe(
      `Canister ${canister.toText()} not found`,
    );
    expect((await call({ SubnetId: 'BA==' })).message).toBe(
      'BadIngressMessage("Subnet with ID 2vxsx-fae not found")',
    );
    const management = new Uint8Array(0);
    const about = encodeArgument('canister_status', { canister_id: canister });
    expect(await call('None', 'fetch_canister_logs', management, about)).toHaveProperty('Ok');
    expect((await call('None', 'fetch_canister_logs', management, Uint8Array.of(1))).message).toMatch(
      /^BadIngressMessage\("Error decoding candid: /,
    );
  });
});
