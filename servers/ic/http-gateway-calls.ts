/** The gateway's calls of a canister: anonymous, and like those of any agent. */
import { randomBytes } from 'node:crypto';
import type { Outcome, PrincipalText } from '../../replicas/replica.js';
import type { IcBackend } from './backend.js';
import { utf8 } from './bytes.js';
import type { Chain } from './chain.js';
import { HttpError } from './http-reply.js';
import { ANONYMOUS, principalToBytes } from './principals.js';
import { hashOfMap } from './request-id.js';

export interface GatewayCalls {
  query(canister: PrincipalText, method: string, arg: Uint8Array): Promise<Outcome>;
  /** Rounds go on meanwhile. Throws HttpError 503 or 504 when there is no answer. */
  update(canister: PrincipalText, method: string, arg: Uint8Array): Promise<Outcome>;
}

/** How long an ingress message may wait to be executed, and an agent for its answer (5 minutes). */
const ANSWER_TIMEOUT_MS = 300_000;
const NS_PER_MS = 1_000_000n;

export function createGatewayCalls(backend: IcBackend, chain: Chain, now: () => bigint): GatewayCalls {
  const sender = principalToBytes(ANONYMOUS);
  return {
    async query(canister, method, arg) {
      const state = await chain.settledState();
      const id = principalToBytes(canister);
      const certificate = (): Uint8Array =>
        state.certificate([[utf8('canister'), id, utf8('certified_data')]]);
      return backend.query({ canister, method, arg, caller: ANONYMOUS }, certificate);
    },

    async update(canister, method, arg) {
      const content = {
        canister: principalToBytes(canister),
        ingressExpiry: now() + BigInt(ANSWER_TIMEOUT_MS) * NS_PER_MS,
        sender,
        nonce: Uint8Array.from(randomBytes(16)),
      };
      const requestId = hashOfMap({
        request_type: 'call',
        canister_id: content.canister,
        method_name: method,
        arg,
        ingress_expiry: content.ingressExpiry,
        sender,
        nonce: content.nonce,
      });
      const acceptance = await chain.submit({
        ...content,
        type: 'call',
        authentication: undefined,
        method,
        arg,
        requestId,
      });
      if (acceptance.kind === 'refused') return acceptance.reject;
      const isAnswered = await chain.answered(requestId, ANSWER_TIMEOUT_MS);
      const outcome = isAnswered ? await chain.outcome(requestId) : undefined;
      if (outcome !== undefined) return outcome;
      throw chain.isStopped
        ? new HttpError(503, 'The server is ending.')
        : new HttpError(504, `The canister did not answer ${method} within ${ANSWER_TIMEOUT_MS / 1000} s.`);
    },
  };
}
