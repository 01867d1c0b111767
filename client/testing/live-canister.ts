/** Runs the real upload canister behind the HTTP interface of the IC, with certificates, in this process. */
import { readFileSync } from 'node:fs';
import { IDL } from '@icp-sdk/core/candid';
import { createEmbeddedBackend } from '../../servers/ic/embedded-backend.js';
import { startLiveServer } from '../../servers/ic/live-server.js';
import { connectAgent, type CallerIdentity } from '../agent-connection.js';
import type { UploadConnection } from '../connection.js';
import { developmentIdentity } from '../identity.js';

const InitArg = IDL.Opt(
  IDL.Record({ chunk_size: IDL.Opt(IDL.Nat64), max_active_sessions: IDL.Opt(IDL.Nat32) }),
);

export interface LiveCanister {
  readonly url: string;
  readonly canister: string;
  connect(identity?: CallerIdentity, url?: string): Promise<UploadConnection>;
  stop(): Promise<void>;
}

export interface LiveOptions {
  readonly chunkSize?: bigint;
  readonly maxActiveSessions?: number;
  /** The principal that may read the logs. */
  readonly controller?: string;
}

export async function startLiveCanister(options: LiveOptions = {}): Promise<LiveCanister> {
  const seed = new Uint8Array(32).fill(7);
  const backend = createEmbeddedBackend({ seed, timeNs: BigInt(Date.now()) * 1_000_000n });
  const { controller } = options;
  const canister = await backend.replica.createCanister(controller ? { controller } : {});
  const chunkSize = options.chunkSize === undefined ? [] : [options.chunkSize];
  const sessions = options.maxActiveSessions === undefined ? [] : [options.maxActiveSessions];
  const arg = IDL.encode([InitArg], [[{ chunk_size: chunkSize, max_active_sessions: sessions }]]);
  const wasm = readFileSync(new URL('../../canister/wasm/upload.wasm', import.meta.url));
  const outcome = await backend.replica.install({
    canister,
    mode: 'install',
    wasm: Uint8Array.from(wasm),
    arg: Uint8Array.from(arg),
  });
  if (outcome.kind !== 'reply') throw new Error(`install: ${outcome.text}`);
  const server = await startLiveServer(backend, { seed });
  return {
    url: server.url,
    canister,
    connect: (identity = developmentIdentity(), url = server.url) =>
      connectAgent({ host: url, canister, identity }),
    stop: () => server.close(),
  };
}
