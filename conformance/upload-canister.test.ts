import { describe, expect, it } from 'vitest';
import { IDL } from '@icp-sdk/core/candid';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import {
  beginUpload,
  CHUNK_BYTES,
  createCapsule,
  encodePut,
  finishUpload,
  putChunk,
  readUploadWasm,
  UPLOAD_INIT_ARG,
} from '../replicas/embedded/testing/upload-session.js';

const CALLER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

/** An ordinary canister: it uses ic-cdk, stable structures, and timers. */
describe('the upload canister on the embedded engine', () => {
  const size = 2 * CHUNK_BYTES + 1_234;
  const content = Uint8Array.from({ length: size }, (_, i) => (i * 2_654_435_761) >>> 24);

  it('stores an upload across an upgrade and returns its bytes', async () => {
    const replica = createEmbeddedReplica();
    const canister = await replica.createCanister();
    const wasm = readUploadWasm();
    expect(await replica.install({ canister, mode: 'install', wasm, arg: UPLOAD_INIT_ARG })).toMatchObject({
      kind: 'reply',
    });
    const capsule = await createCapsule(replica, canister);
    const session = await beginUpload(replica, canister, capsule, size, 'key');
    const put = (index: number) =>
      putChunk(
        replica,
        canister,
        encodePut(session, index, content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
      );
    await put(1);
    expect(await replica.install({ canister, mode: 'upgrade', wasm, arg: UPLOAD_INIT_ARG })).toMatchObject({
      kind: 'reply',
    });
    await put(0);
    await put(2);
    const finished = await finishUpload(replica, canister, session, content);
    expect(finished.size).toBe(BigInt(size));

    const chunks: Uint8Array[] = [];
    for (let index = 0; index * CHUNK_BYTES < size; index++) {
      const arg = new Uint8Array(IDL.encode([IDL.Text, IDL.Nat32], [finished.blob_id, index]));
      const outcome = await replica.query({ canister, method: 'blob_read_chunk', arg, caller: CALLER });
      if (outcome.kind === 'reject') throw new Error(outcome.text);
      const [result] = IDL.decode(
        [IDL.Variant({ Ok: IDL.Vec(IDL.Nat8), Err: IDL.Reserved })],
        outcome.bytes.slice(),
      );
      chunks.push((result as unknown as { Ok: Uint8Array }).Ok);
    }
    expect(Buffer.compare(Buffer.concat(chunks), content)).toBe(0);
    expect((await replica.logs(canister)).length).toBeGreaterThan(0);
  });

  it('uses the same number of instructions in every replica', async () => {
    const run = async (): Promise<number> => {
      const replica = createEmbeddedReplica();
      const canister = await replica.createCanister();
      await replica.install({ canister, mode: 'install', wasm: readUploadWasm(), arg: UPLOAD_INIT_ARG });
      const capsule = await createCapsule(replica, canister);
      const session = await beginUpload(replica, canister, capsule, 1_000, 'key');
      await putChunk(replica, canister, encodePut(session, 0, content.subarray(0, 1_000)));
      await finishUpload(replica, canister, session, content.subarray(0, 1_000));
      return (await replica.metrics(canister)).instructions;
    };
    expect(await run()).toBe(await run());
  });
});
