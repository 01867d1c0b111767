import { IDL } from '@icp-sdk/core/candid';
import { PocketIc } from '@dfinity/pic';

/** Installs the upload canister on a server of `upload-stress serve`. Returns its chunk size in bytes. */
export async function askChunkSize(serverUrl: string, wasm: string): Promise<number> {
  const pic = await PocketIc.create(serverUrl);
  try {
    const { actor } = await pic.setupCanister<{ upload_config(): Promise<{ chunk_size: bigint }> }>({
      idlFactory: ({ IDL }) =>
        IDL.Service({
          upload_config: IDL.Func([], [IDL.Record({ chunk_size: IDL.Nat64 })], ['query']),
        }),
      wasm,
      arg: IDL.encode([], []),
    });
    return Number((await actor.upload_config()).chunk_size);
  } finally {
    await pic.tearDown();
  }
}
