/** The methods of the management canister with which tools deploy, as a service of the caller's Candid library. */
import type { IDL as Library } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';

interface OfCanister {
  readonly canister_id: Principal;
}

type Mode = { install: null } | { reinstall: null } | { upgrade: [] };

interface Hash {
  readonly hash: Uint8Array;
}

export interface Management {
  provisional_create_canister_with_cycles(arg: {
    readonly amount: [bigint];
    readonly settings: [{ readonly controllers: [Principal[]] }] | [];
  }): Promise<OfCanister>;
  install_code(
    arg: OfCanister & { readonly mode: Mode; readonly wasm_module: Uint8Array; readonly arg: Uint8Array },
  ): Promise<void>;
  upload_chunk(arg: OfCanister & { readonly chunk: Uint8Array }): Promise<Hash>;
  stored_chunks(arg: OfCanister): Promise<readonly Hash[]>;
  install_chunked_code(arg: {
    readonly mode: Mode;
    readonly target_canister: Principal;
    readonly chunk_hashes_list: readonly Hash[];
    readonly wasm_module_hash: Uint8Array;
    readonly arg: Uint8Array;
  }): Promise<void>;
  canister_status(arg: OfCanister): Promise<{
    readonly status: object;
    readonly module_hash: [] | [Uint8Array];
    readonly settings: { readonly controllers: readonly Principal[] };
  }>;
  update_settings(
    arg: OfCanister & { readonly settings: { readonly controllers: [Principal[]] } },
  ): Promise<void>;
  start_canister(arg: OfCanister): Promise<void>;
  stop_canister(arg: OfCanister): Promise<void>;
  uninstall_code(arg: OfCanister): Promise<void>;
  delete_canister(arg: OfCanister): Promise<void>;
}

export function managementService({ IDL }: { readonly IDL: typeof Library }): Library.ServiceClass {
  const Blob = IDL.Vec(IDL.Nat8);
  const Canister = IDL.Record({ canister_id: IDL.Principal });
  const Settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });
  const Mode = IDL.Variant({ install: IDL.Null, reinstall: IDL.Null, upgrade: IDL.Opt(IDL.Record({})) });
  const Hash = IDL.Record({ hash: Blob });
  const Status = IDL.Record({
    status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
    module_hash: IDL.Opt(Blob),
    settings: IDL.Record({ controllers: IDL.Vec(IDL.Principal) }),
  });
  const nothing = (argument: Library.Type) => IDL.Func([argument], [], []);
  return IDL.Service({
    provisional_create_canister_with_cycles: IDL.Func(
      [IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(Settings) })],
      [Canister],
      [],
    ),
    install_code: nothing(
      IDL.Record({ mode: Mode, canister_id: IDL.Principal, wasm_module: Blob, arg: Blob }),
    ),
    upload_chunk: IDL.Func([IDL.Record({ canister_id: IDL.Principal, chunk: Blob })], [Hash], []),
    stored_chunks: IDL.Func([Canister], [IDL.Vec(Hash)], []),
    install_chunked_code: nothing(
      IDL.Record({
        mode: Mode,
        target_canister: IDL.Principal,
        chunk_hashes_list: IDL.Vec(Hash),
        wasm_module_hash: Blob,
        arg: Blob,
      }),
    ),
    canister_status: IDL.Func([Canister], [Status], []),
    update_settings: nothing(IDL.Record({ canister_id: IDL.Principal, settings: Settings })),
    start_canister: nothing(Canister),
    stop_canister: nothing(Canister),
    uninstall_code: nothing(Canister),
    delete_canister: nothing(Canister),
  });
}
