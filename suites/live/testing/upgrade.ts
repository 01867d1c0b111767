/** An upgrade as `dfx` does it: `install_code` of the management canister, over the network, by the controller. */
import { Actor, HttpAgent, type Identity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';

/** IC interface spec, `install_code`. */
const managementService = IDL.Service({
  install_code: IDL.Func(
    [
      IDL.Record({
        mode: IDL.Variant({ install: IDL.Null, reinstall: IDL.Null, upgrade: IDL.Opt(IDL.Record({})) }),
        canister_id: IDL.Principal,
        wasm_module: IDL.Vec(IDL.Nat8),
        arg: IDL.Vec(IDL.Nat8),
      }),
    ],
    [],
    [],
  ),
});

export interface UpgradeRequest {
  readonly host: string;
  readonly canister: string;
  readonly identity: Identity;
  readonly wasm: Uint8Array;
  readonly arg: Uint8Array;
}

/** @throws what the agent throws, when the replica or the canister refuses */
export async function upgradeOverNetwork({
  host,
  canister,
  identity,
  wasm,
  arg,
}: UpgradeRequest): Promise<void> {
  const agent = HttpAgent.createSync({ host, identity, shouldFetchRootKey: true });
  const id = Principal.fromText(canister);
  const management = Actor.createActor(() => managementService, {
    agent,
    canisterId: Principal.managementCanister(),
    callTransform: () => ({ effectiveCanisterId: id }),
  });
  await management['install_code']!({ mode: { upgrade: [] }, canister_id: id, wasm_module: wasm, arg });
}
