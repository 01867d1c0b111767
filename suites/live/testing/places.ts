/** Where a scenario runs: over the agent against a live server, or over the replica port, the client's calls straight into the pool. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { connectAgent } from '../../../client/agent-connection.js';
import type { UploadConnection, UploadOptions } from '../../../client/index.js';
import { pseudorandomBytes } from '../../../client/testing/pseudorandom-bytes.js';
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import {
  serveCanister,
  type CanisterServer,
  type CanisterServerOptions,
} from '../../../servers/ic/canister-server.js';
import { BUILT_ENGINE } from '../../../servers/ic/testing/built-engine.js';
import { uploadTarget } from '../../../targets/upload.js';
import { PACKAGE_ROOT } from '../../../package-root.js';
import { OrderedLine } from './ordered-line.js';

export const UPLOAD_WASM = Uint8Array.from(readFileSync(resolve(PACKAGE_ROOT, 'canister/wasm/upload.wasm')));

export const identityOf = (user: string) => Ed25519KeyIdentity.generate(pseudorandomBytes(32, user));

/** The owner of the live server's canister. */
export const CONTROLLER = identityOf('controller');

export function serveUploads(options: Partial<CanisterServerOptions> = {}): Promise<CanisterServer> {
  return serveCanister({
    ...BUILT_ENGINE,
    wasm: UPLOAD_WASM,
    controller: CONTROLLER.getPrincipal().toText(),
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}

export interface Place {
  connect(user: string): Promise<UploadConnection>;
  /** What uploads here are given: the clock. */
  readonly options: UploadOptions;
  /** Makes the place go on until the work is settled. */
  run<T>(work: Promise<T>): Promise<T>;
  /** The same canister with the same code, upgraded. */
  upgrade(): Promise<void>;
  close(): Promise<void>;
}

async function agentPlace(): Promise<Place> {
  const server = await serveUploads();
  const { canister, url: host } = server;
  const arg = uploadTarget.encodeInitArg({});
  return {
    connect: (user) => connectAgent({ host, canister, identity: identityOf(user) }),
    options: {},
    run: (work) => work,
    upgrade: async () => {
      await server.backend.install({ canister, mode: 'upgrade', wasm: UPLOAD_WASM, arg });
    },
    close: () => server.close(),
  };
}

async function portPlace(): Promise<Place> {
  const replica = createEmbeddedReplica();
  const canister = await replica.createCanister();
  const install = (mode: 'install' | 'upgrade') =>
    replica.install({ canister, mode, wasm: UPLOAD_WASM, arg: uploadTarget.encodeInitArg({}) });
  await install('install');
  const line = new OrderedLine(replica, canister, { order: [], uploadsTogether: 0 });
  return {
    connect: async (user) => line.connect(identityOf(user).getPrincipal().toText()),
    options: { clock: line.clock },
    run: (work) => line.run(work),
    upgrade: async () => {
      await install('upgrade');
    },
    close: () => replica.dispose(),
  };
}

export const PLACES: Readonly<Record<'agent' | 'port', () => Promise<Place>>> = {
  agent: agentPlace,
  port: portPlace,
};
