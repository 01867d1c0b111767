/** What the entry has besides the methods that `suites/clients/pic-js` calls. */
import { Principal as OtherPrincipal } from '@dfinity/principal';
import * as library from '@dfinity/pic';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { compileWat } from '../replicas/embedded/testing/compile-wat.js';
import * as entry from './index.js';

/** They take a class that the library does not export. */
const LEFT_OUT = ['createActorClass', 'createDeferredActorClass'];

const { PocketIc, PocketIcServer, SubnetStateType } = entry;
const NEW = { state: { type: SubnetStateType.New } } as const;

const SAYS_HELLO = `(module
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (memory 1) (data (i32.const 0) "hello")
  (func (export "canister_update say") (call $print (i32.const 0) (i32.const 5)) (call $reply)))`;

async function create(url?: string) {
  const pic = await PocketIc.create(url);
  onTestFinished(() => pic.tearDown());
  return pic;
}

describe('the entry pic', () => {
  it('has every export of @dfinity/pic, with equal enumerations', () => {
    const values = Object.entries(library).filter(([name]) => !LEFT_OUT.includes(name));
    expect(Object.keys(entry).sort()).toEqual(values.map(([name]) => name).sort());
    for (const [name, value] of values.filter(([, each]) => typeof each === 'object')) {
      expect((entry as Readonly<Record<string, unknown>>)[name], name).toEqual(value);
    }
  });

  it('creates the identities of @dfinity/pic', () => {
    const principalOf = ({ createIdentity }: Pick<typeof library, 'createIdentity'>) =>
      createIdentity('a seed').getPrincipal().toText();
    expect(principalOf(entry)).toBe(principalOf(library));
    const [one, other] = [entry.generateRandomIdentity(), entry.generateRandomIdentity()];
    expect(one.getPrincipal().toText()).not.toBe(other.getPrincipal().toText());
  });

  it('creates every kind of subnet', async () => {
    const pic = await PocketIc.create('', {
      nns: NEW,
      sns: NEW,
      ii: NEW,
      fiduciary: NEW,
      bitcoin: NEW,
      system: [NEW],
      application: [NEW, { ...NEW, enableBenchmarkingInstructionLimits: true }],
      verifiedApplication: [NEW],
    });
    onTestFinished(() => pic.tearDown());
    const kinds = (await pic.getTopology()).map(({ type }) => type as string);
    expect(kinds.sort()).toEqual([
      'Application',
      'Application',
      'Bitcoin',
      'Fiduciary',
      'II',
      'NNS',
      'SNS',
      'System',
      'VerifiedApplication',
    ]);
    expect((await pic.getSnsSubnet())?.type).toBe(entry.SubnetType.SNS);
  });

  it('refuses an instance without a subnet, and features that the engine lacks', async () => {
    await expect(PocketIc.create('', { application: [] })).rejects.toThrow(/At least one subnet/);
    await expect(
      PocketIc.create('', { nns: { state: { type: SubnetStateType.FromPath, path: '/x' } } }),
    ).rejects.toThrow('this server cannot load a state from disk; use a PocketIC server');
    const pic = await create();
    const settings = { snapshotVisibility: { public: null } } as const;
    await expect(pic.createCanister(settings)).rejects.toThrow(/does not support the setting/);
    const canisterId = await pic.createCanister();
    const senderInfo = { info: new Uint8Array(0), signer: canisterId };
    await expect(pic.updateCall({ canisterId, method: 'm', senderInfo })).rejects.toThrow(/senderInfo/);
  });

  it('accepts principals of another library', async () => {
    const pic = await create();
    const sender = OtherPrincipal.fromText('izwuf-gb2vh-b6iqq-fhxvm-dfric-yfku3-tu6fg-3ibrs-3fsg6-nb7cm-jae');
    const canisterId = await pic.createCanister({ sender: sender as never, controllers: [sender as never] });
    const same = OtherPrincipal.fromText(canisterId.toText()) as never;
    expect((await pic.getControllers(same)).map(String)).toEqual([sender.toText()]);
  });

  it('throws after tearDown', async () => {
    const pic = await PocketIc.create();
    await pic.tearDown();
    await expect(pic.tick()).rejects.toThrow(/has been torn down/);
    await expect(pic.getTime()).rejects.toThrow(/has been torn down/);
  });

  it('names the path of a declined request, as @dfinity/pic does', async () => {
    const pic = await create();
    const error: unknown = await pic.setTime(1000).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(entry.ServerError);
    expect((error as Error).message).toBe(
      'PocketIC server error: SettingTimeIntoPast((1620328630000000001, 1000000000)) (/instances/0/update/set_time)',
    );
  });

  it('prints what canisters print only if the server shows it', async () => {
    const lines: string[] = [];
    const write = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => lines.push(String(text)) > 0);
    onTestFinished(() => write.mockRestore());
    const wasm = await compileWat(SAYS_HELLO);
    for (const options of [{}, { showCanisterLogs: true }]) {
      const server = await PocketIcServer.start(options);
      const pic = await create(server.getUrl());
      const canisterId = await pic.createCanister();
      await pic.installCode({ canisterId, wasm });
      await pic.updateCall({ canisterId, method: 'say' });
      await server.stop();
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\[Canister lxzze-o7777-77777-aaaaa-cai\] hello\n$/);
  });
});
