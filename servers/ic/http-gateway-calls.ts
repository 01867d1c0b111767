/** The gateway's calls to a canister. The caller is anonymous; otherwise the calls are like those of an agent. */
import { randomBytes } from 'node:crypto';
import type { Outcome, PrincipalText } from '../../replicas/replica.js';
import type { IcBackend } from './backend.js';
import type { Chain } from './chain.js';
import { HttpError } from '../http/reply.js';
import { ANONYMOUS, principalToBytes } from './principals.js';
import { hashOfMap } from './request-id.js';

export interface GatewayCalls {
  query(canister: PrincipalText, method: string, arg: Uint8Array): Promise<Outcome>;
  /** Waits for the answer. @throws {HttpError} 503 or 504 if there is none */
  update(canister: PrincipalText, method: string, arg: Uint8Array): Promise<Outcome>;
}

/** Time until an ingress message expires, and that an agent waits for its answer (5 minutes). */
const ANSWER_TIMEOUT_MS = 300_000;
const NS_PER_MS = 1_000_000n;

export function createGatewayCalls(backend: IcBackend, chain: Chain, now: () => bigint): GatewayCalls {
  const sender = principalToBytes(ANONYMOUS);
  return {
    async query(canister, method, arg) {
      const state = await chain.settledState();
      return backend.query({ canister, method, arg, caller: ANONYMOUS }, () =>
        state.dataCertificate(principalToBytes(canister)),
      );
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
        bytes: arg.length,
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
        ? new HttpError(503, 'The server is shutting down.')
        : new HttpError(504, `The canister did not answer ${method} within ${ANSWER_TIMEOUT_MS / 1000} s.`);
    },
  };
}
