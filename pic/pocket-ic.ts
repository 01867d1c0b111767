/** The client of `@dfinity/pic`, on an engine in the calling thread. Its methods, their values, and their errors are that library's. */
import type { Principal } from '@icp-sdk/core/principal';
import type * as Pic from '@dfinity/pic';
import { createActor, createDeferredActor, type AnyInterfaceFactory } from './actor.js';
import { createInstanceBody } from './create-instance.js';
import { InstanceClient } from './instance-client.js';
import * as management from './management.js';
import { showsCanisterLogs } from './pocket-ic-server.js';
import * as wire from './wire.js';

/** The public methods of a class. */
type InterfaceOf<T> = { [K in keyof T]: T[K] };

const NS_PER_MS = 1_000_000n;

export class PocketIc implements InterfaceOf<Pic.PocketIc> {
  readonly #client: InstanceClient;
  #gateway: { readonly id: number; readonly port: number } | undefined;

  private constructor(client: InstanceClient) {
    this.#client = client;
  }

  /**
   * Creates an instance in this thread.
   * @param url ignored, except that a server that shows the logs of canisters prints them to stderr
   * @throws {Error} if an option needs a feature that the engine lacks
   */
  static async create(url = '', options: Pic.CreateInstanceOptions = {}): Promise<PocketIc> {
    const prints = showsCanisterLogs(url)
      ? { onPrint: (line: string) => void process.stderr.write(`${line}\n`) }
      : {};
    return new PocketIc(await InstanceClient.create(createInstanceBody(options), prints));
  }

  async setupCanister<T extends Pic.ActorInterface<T> = Pic.ActorInterface>(
    options: Pic.SetupCanisterOptions,
  ): Promise<Pic.CanisterFixture<T>> {
    const { idlFactory, wasm, arg, ...canister } = options;
    const canisterId = await this.createCanister(canister);
    const { sender, targetSubnetId } = options;
    await this.installCode({
      canisterId,
      wasm,
      ...(arg && { arg }),
      ...(sender && { sender }),
      ...(targetSubnetId && { targetSubnetId }),
    });
    return { actor: this.createActor<T>(idlFactory, canisterId), canisterId };
  }

  async createCanister(options: Pic.CreateCanisterOptions = {}): Promise<Principal> {
    return (await management.createCanister(this.#client, options)) as Principal;
  }

  async startCanister({ canisterId, sender, targetSubnetId }: Pic.StartCanisterOptions): Promise<void> {
    const call = { sender, route: management.routeTo(targetSubnetId) };
    await management.callManagement(this.#client, 'start_canister', { canister_id: canisterId }, call);
  }

  async stopCanister({ canisterId, sender, targetSubnetId }: Pic.StopCanisterOptions): Promise<void> {
    const call = { sender, route: management.routeTo(targetSubnetId) };
    await management.callManagement(this.#client, 'stop_canister', { canister_id: canisterId }, call);
  }

  async installCode({ targetSubnetId, ...options }: Pic.InstallCodeOptions): Promise<void> {
    const route = management.routeTo(targetSubnetId);
    await management.install(this.#client, { ...options, mode: { install: null }, route });
  }

  async reinstallCode(options: Pic.ReinstallCodeOptions): Promise<void> {
    await management.install(this.#client, { ...options, mode: { reinstall: null } });
  }

  async upgradeCanister({ upgradeModeOptions, ...options }: Pic.UpgradeCanisterOptions): Promise<void> {
    const mode = { upgrade: upgradeModeOptions === undefined ? [] : [upgradeModeOptions] };
    await management.install(this.#client, { ...options, mode: mode as { upgrade: [] } });
  }

  async updateCanisterSettings(options: Pic.UpdateCanisterSettingsOptions): Promise<void> {
    await management.updateSettings(this.#client, options);
  }

  async canisterStatus({ canisterId, sender }: Pic.CanisterStatusOptions): Promise<Pic.CanisterStatusResult> {
    return await management.canisterStatus(this.#client, canisterId, sender);
  }

  createActor<T extends Pic.ActorInterface<T> = Pic.ActorInterface>(
    interfaceFactory: AnyInterfaceFactory,
    canisterId: wire.AnyPrincipal,
  ): Pic.Actor<T> {
    return createActor(this.#client, canisterId.toText(), interfaceFactory) as unknown as Pic.Actor<T>;
  }

  createDeferredActor<T extends Pic.ActorInterface<T> = Pic.ActorInterface>(
    interfaceFactory: AnyInterfaceFactory,
    canisterId: wire.AnyPrincipal,
  ): Pic.DeferredActor<T> {
    const actor = createDeferredActor(this.#client, canisterId.toText(), interfaceFactory);
    return actor as unknown as Pic.DeferredActor<T>;
  }

  async queryCall(options: Pic.QueryCallOptions): Promise<Uint8Array> {
    return await this.#client.query(callOf(options));
  }

  async updateCall(options: Pic.UpdateCallOptions): Promise<Uint8Array> {
    return await this.#client.await(await this.#client.submit(callOf(options)));
  }

  async tearDown(): Promise<void> {
    await this.#client.dispose();
  }

  async tick(times = 1): Promise<void> {
    for (let round = 0; round < times; round++) await this.#client.tick();
  }

  async getControllers(canisterId: wire.AnyPrincipal): Promise<Principal[]> {
    const controllers = await this.#client.post('/read/get_controllers', canisterBody(canisterId));
    return (controllers as { readonly principal_id: string }[]).map((each) =>
      wire.decodePrincipal(each.principal_id),
    );
  }

  async getTime(): Promise<number> {
    return Number((await this.#timeNs()) / NS_PER_MS);
  }

  async resetTime(): Promise<void> {
    await this.setTime(Date.now());
  }

  async resetCertifiedTime(): Promise<void> {
    await this.setCertifiedTime(Date.now());
  }

  async setTime(time: Date | number): Promise<void> {
    await this.#client.post('/update/set_time', timeBody(nsOf(time)));
  }

  async setCertifiedTime(time: Date | number): Promise<void> {
    await this.#client.post('/update/set_certified_time', timeBody(nsOf(time)));
  }

  async advanceTime(duration: number): Promise<void> {
    const timeNs = (await this.#timeNs()) + nsOf(duration);
    await this.#client.post('/update/set_time', timeBody(timeNs));
  }

  async advanceCertifiedTime(duration: number): Promise<void> {
    const timeNs = (await this.#timeNs()) + nsOf(duration);
    await this.#client.post('/update/set_certified_time', timeBody(timeNs));
  }

  async getPubKey(subnetId: wire.AnyPrincipal): Promise<Uint8Array> {
    const body = { subnet_id: wire.encodePrincipal(subnetId) };
    // The server sends a list of numbers, which `@dfinity/pic` passes on.
    return (await this.#client.post('/read/pub_key', body)) as Uint8Array;
  }

  async getCanisterSubnetId(canisterId: wire.AnyPrincipal): Promise<Principal | null> {
    const found = await this.#client.post('/read/get_subnet', canisterBody(canisterId));
    return found === null ? null : wire.decodePrincipal((found as { subnet_id: string }).subnet_id);
  }

  async getTopology(): Promise<Pic.SubnetTopology[]> {
    return wire.decodeTopology(await this.#topology());
  }

  async getDefaultEffectiveCanisterId(): Promise<Principal> {
    const { default_effective_canister_id: id } = await this.#topology();
    return wire.decodePrincipal(id.canister_id);
  }

  async getBitcoinSubnet(): Promise<Pic.SubnetTopology | undefined> {
    return (await this.#subnetsOf('Bitcoin'))[0];
  }

  async getFiduciarySubnet(): Promise<Pic.SubnetTopology | undefined> {
    return (await this.#subnetsOf('Fiduciary'))[0];
  }

  async getInternetIdentitySubnet(): Promise<Pic.SubnetTopology | undefined> {
    return (await this.#subnetsOf('II'))[0];
  }

  async getNnsSubnet(): Promise<Pic.SubnetTopology | undefined> {
    return (await this.#subnetsOf('NNS'))[0];
  }

  async getSnsSubnet(): Promise<Pic.SubnetTopology | undefined> {
    return (await this.#subnetsOf('SNS'))[0];
  }

  async getApplicationSubnets(): Promise<Pic.SubnetTopology[]> {
    return await this.#subnetsOf('Application');
  }

  async getSystemSubnets(): Promise<Pic.SubnetTopology[]> {
    return await this.#subnetsOf('System');
  }

  async getCyclesBalance(canisterId: wire.AnyPrincipal): Promise<bigint> {
    return cyclesOf(await this.#client.post('/read/get_cycles', canisterBody(canisterId)));
  }

  async addCycles(canisterId: wire.AnyPrincipal, amount: bigint): Promise<bigint> {
    const body = { ...canisterBody(canisterId), amount };
    return cyclesOf(await this.#client.post('/update/add_cycles', body));
  }

  async setStableMemory(canisterId: wire.AnyPrincipal, stableMemory: Uint8Array): Promise<void> {
    const blobId = (await this.#client.postToServer('/blobstore', new Uint8Array(stableMemory))) as string;
    const body = { ...canisterBody(canisterId), blob_id: Buffer.from(blobId, 'hex').toString('base64') };
    await this.#client.post('/update/set_stable_memory', body);
  }

  async getStableMemory(canisterId: wire.AnyPrincipal): Promise<Uint8Array> {
    const reply = await this.#client.post('/read/get_stable_memory', canisterBody(canisterId));
    return wire.decodeBytes((reply as { readonly blob: string }).blob);
  }

  async getPendingHttpsOutcalls(): Promise<Pic.PendingHttpsOutcall[]> {
    const outcalls = await this.#client.get('/read/get_canister_http');
    return (outcalls as wire.HttpsOutcallBody[]).map(wire.decodeHttpsOutcall);
  }

  async mockPendingHttpsOutcall(options: Pic.MockPendingHttpsOutcallOptions): Promise<void> {
    const { subnetId, requestId, response, additionalResponses = [] } = options;
    await this.#client.post('/update/mock_canister_http', {
      subnet_id: { subnet_id: wire.encodePrincipal(subnetId) },
      request_id: requestId,
      response: wire.encodeHttpsResponse(response),
      additional_responses: additionalResponses.map(wire.encodeHttpsResponse),
    });
  }

  /** Makes rounds by the clock, and serves the instance over HTTP. Returns the port. */
  async makeLive(): Promise<number> {
    if (this.#gateway) return this.#gateway.port;
    await this.#client.post('/auto_progress', { artificial_delay_ms: 0 });
    const { id } = this.#client;
    const reply = await this.#client.postToServer('/http_gateway', {
      forward_to: { PocketIcInstance: id },
    });
    const { instance_id: gatewayId, port } = (
      reply as { readonly Created: { readonly instance_id: number; readonly port: number } }
    ).Created;
    this.#gateway = { id: gatewayId, port };
    return port;
  }

  async stopLive(): Promise<void> {
    if (this.#gateway) await this.#client.postToServer(`/http_gateway/${this.#gateway.id}/stop`, undefined);
    this.#gateway = undefined;
    await this.#client.post('/stop_progress', {});
  }

  async #timeNs(): Promise<bigint> {
    return BigInt(
      ((await this.#client.get('/read/get_time')) as { readonly nanos_since_epoch: bigint | number })
        .nanos_since_epoch,
    );
  }

  async #topology(): Promise<wire.TopologyBody> {
    return (await this.#client.get('/_/topology')) as wire.TopologyBody;
  }

  async #subnetsOf(kind: string): Promise<Pic.SubnetTopology[]> {
    return (await this.getTopology()).filter(({ type }) => (type as string) === kind);
  }
}

/** @throws {Error} if the call has sender information, because canisters could not read it */
function callOf({ canisterId, method, arg, sender, targetSubnetId, senderInfo }: Pic.UpdateCallOptions) {
  if (senderInfo !== undefined) throw new Error('the engine does not support senderInfo');
  return {
    call: {
      canister: canisterId.toText(),
      caller: sender?.toText() ?? management.ANONYMOUS,
      method,
      arg: new Uint8Array(arg ?? []),
    },
    route: management.routeTo(targetSubnetId),
  };
}

function canisterBody(canister: wire.AnyPrincipal) {
  return { canister_id: wire.encodePrincipal(canister) };
}

function timeBody(timeNs: bigint) {
  return { nanos_since_epoch: timeNs };
}

/** @throws {RangeError} if the milliseconds are not an integer */
function nsOf(time: Date | number): bigint {
  return BigInt(time instanceof Date ? time.getTime() : time) * NS_PER_MS;
}

function cyclesOf(reply: unknown): bigint {
  return BigInt((reply as { readonly cycles: bigint | number }).cycles);
}
