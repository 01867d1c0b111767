/** A test setup with a fake canister and a virtual clock. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { UploadConnection } from '../connection.js';
import type { UploadOptions } from '../context.js';
import { uploadOriginalToICP, type UploadInput } from '../flow.js';
import type { UploadConfig } from '../types.js';
import { UploadError } from '../upload-error.js';
import { FakeCanister } from './fake-canister.js';
import { connectFake, type Fault, type LineOptions } from './faulty-connection.js';
import { VirtualClock } from './virtual-clock.js';

/** Returns bytes that differ from chunk to chunk. */
export function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255);
}
export function sha256(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(bytes).digest());
}

export interface Lab {
  readonly canister: FakeCanister;
  readonly clock: VirtualClock;
  connect(line?: Partial<LineOptions>): ReturnType<typeof connectFake>;
  upload(
    connection: UploadConnection,
    input: UploadInput,
    options?: UploadOptions,
  ): ReturnType<typeof uploadOriginalToICP>;
  fails(connection: UploadConnection, input: UploadInput, options?: UploadOptions): Promise<UploadError>;
}

export function lab(config: Partial<UploadConfig> = { chunkSize: 10n }): Lab {
  const canister = new FakeCanister(config);
  const clock = new VirtualClock();
  const upload: Lab['upload'] = (connection, input, options = {}) =>
    clock.run(uploadOriginalToICP(connection, input, { clock, random: () => 0.5, ...options }));
  return {
    canister,
    clock,
    connect: (line = {}) => connectFake(canister, { clock, ...line }),
    upload,
    fails: async (connection, input, options) => {
      const error: unknown = await upload(connection, input, options).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UploadError);
      return error as UploadError;
    },
  };
}

/** Gives the n-th call of a method a fault. */
export function nth(method: string, n: number, fault: Fault): NonNullable<LineOptions['faultOf']> {
  let seen = 0;
  return (called) => (called === method && (seen += 1) === n ? fault : undefined);
}
/** Returns the chunk indices of the puts that were sent. */
export function putsOf(connection: ReturnType<typeof connectFake>): number[] {
  return connection.sent.flatMap(({ method, index }) => (method === 'uploads_put_chunk' ? [index!] : []));
}
