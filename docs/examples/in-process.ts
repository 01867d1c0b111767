import { PocketIc } from 'canister-upload-stress/pic';

/** Installs the upload canister on an engine in this thread. Returns its chunk size in bytes. */
export async function readChunkSize(wasm: string): Promise<number> {
  const pic = await PocketIc.create();
  try {
    const { actor } = await pic.setupCanister<{ upload_config(): Promise<{ chunk_size: bigint }> }>({
      idlFactory: ({ IDL }) =>
        IDL.Service({
          upload_config: IDL.Func([], [IDL.Record({ chunk_size: IDL.Nat64 })], ['query']),
        }),
      wasm,
      arg: Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0),
    });
    return Number((await actor.upload_config()).chunk_size);
  } finally {
    await pic.tearDown();
  }
}
