/** Encodes reply bodies as JSON text. Fields are in the order of the server's types (`packages/pocket-ic/src/common/rest.rs`). */
import { Principal } from '@icp-sdk/core/principal';
import type { PendingHttpOutcall } from '../../replicas/embedded/state/http-outcall.js';
import type { Outcome, PrincipalText, Reject } from '../../replicas/replica.js';
import { rejectToWire } from './reject-names.js';

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function principalToBase64(principal: PrincipalText): string {
  return base64(Principal.fromText(principal).toUint8Array());
}

/** The reply of an operation without a result: Rust's `()` as JSON. */
export const NOTHING = 'null';

/** The protocol writes u64 and u128 as plain JSON numbers with all digits. */
export function timeReply(timeNs: bigint): string {
  return `{"nanos_since_epoch":${timeNs}}`;
}

export function cyclesReply(cycles: bigint): string {
  return `{"cycles":${cycles}}`;
}

/** `certified` is true if the reject is part of the state (an ingress status), and false for a declined call or a query. */
function rejectReply(reject: Reject, certified: boolean): string {
  return JSON.stringify({ Err: rejectToWire(reject, certified) });
}

export function outcomeReply(outcome: Outcome, certified: boolean): string {
  if (outcome.kind === 'reject') return rejectReply(outcome, certified);
  return `{"Ok":"${base64(outcome.bytes)}"}`;
}

export function refusedReply(reject: Reject): string {
  return rejectReply(reject, false);
}

export function submittedReply(subnet: PrincipalText, messageId: Uint8Array): string {
  return JSON.stringify({
    Ok: { effective_principal: { SubnetId: principalToBase64(subnet) }, message_id: base64(messageId) },
  });
}

export function controllersReply(controllers: readonly PrincipalText[]): string {
  return JSON.stringify(controllers.map((controller) => ({ principal_id: principalToBase64(controller) })));
}

export function subnetReply(subnet: PrincipalText | undefined): string {
  return subnet === undefined ? NOTHING : JSON.stringify({ subnet_id: principalToBase64(subnet) });
}

/** The only reply in which the protocol writes bytes as a list of numbers. */
export function publicKeyReply(key: Uint8Array): string {
  return JSON.stringify(Array.from(key));
}

export function blobReply(bytes: Uint8Array): string {
  return `{"blob":"${base64(bytes)}"}`;
}

/** The fields are in the order of `CanisterHttpRequest`. */
export function httpOutcallsReply(outcalls: readonly PendingHttpOutcall[], hasLaterFields: boolean): string {
  return JSON.stringify(
    outcalls.map(({ subnet, id, method, url, headers, body, responseBytesMax, isReplicated }) => ({
      subnet_id: { subnet_id: principalToBase64(subnet) },
      request_id: id,
      http_method: method,
      url,
      headers,
      body: base64(body),
      max_response_bytes: responseBytesMax ?? null,
      ...(hasLaterFields && {
        replication: isReplicated ? 'FullyReplicated' : 'NonReplicated',
        pricing_version: 'Legacy',
      }),
    })),
  );
}
