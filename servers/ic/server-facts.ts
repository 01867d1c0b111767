/** The reply of `GET /`: what this server is, for a person who opens it in a browser and for programs that look for the canister. */
import type { IncomingMessage } from 'node:http';
import type { PrincipalText } from '../../replicas/replica.js';
import { type HttpReply, jsonReply, textReply } from '../http/reply.js';
import type { IcBackend } from './backend.js';
import { toHex } from '../../certification/bytes.js';
import type { Chain } from './chain.js';
import { principalToText } from './principals.js';
import type { SubnetIdentity } from './subnet-identity.js';

export interface ServerFactsOptions {
  readonly backend: IcBackend;
  readonly chain: Chain;
  readonly identity: SubnetIdentity;
  readonly blockTimeMs: number;
  /** The canister that the server was started for. If set, the text names no other canister. */
  readonly canister: PrincipalText | undefined;
}

/** JSON if the client accepts it, otherwise text. */
export async function describeServer(
  request: IncomingMessage,
  { backend, chain, identity, blockTimeMs, canister }: ServerFactsOptions,
): Promise<HttpReply> {
  const state = await chain.state();
  const canisters = [...state.canisters.values()].map(({ id, module }) => ({
    id,
    module_hash: module ? toHex(module.hash) : null,
  }));
  const facts = {
    ...(canister !== undefined && { canister }),
    serves: 'the Internet Computer HTTP interface: /api/v2, /api/v3, /api/v4',
    replica: `${backend.subnet.name} ${backend.subnet.version}`,
    root_key: toHex(identity.key.publicKeyDer),
    subnet_id: principalToText(identity.id),
    block_time_ms: blockTimeMs,
    height: state.height,
    time: new Date(Number(state.timeNs / 1_000_000n)).toISOString(),
  };
  if (request.headers.accept?.includes('application/json')) {
    return jsonReply(`${JSON.stringify({ ...facts, canisters }, null, 2)}\n`);
  }
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  const listed = canisters.map(({ id, module_hash }) => `  ${id}  ${module_hash ?? '(no module)'}`);
  // A program that searches this text for a canister id finds exactly one.
  if (canister === undefined) lines.push('canisters:', ...listed);
  return textReply(200, `${lines.join('\n')}\n`);
}
