/** Conversions between the types of `@dfinity/pic` and the bodies of the server. */
import { Principal } from '@icp-sdk/core/principal';
import type { HttpsOutcallResponseMock, PendingHttpsOutcall, SubnetTopology } from '@dfinity/pic';

/** A principal of any library. */
export type AnyPrincipal = Pick<Principal, 'toUint8Array' | 'toText'>;

export function encodeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function decodeBytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

export function encodePrincipal(principal: AnyPrincipal): string {
  return encodeBytes(principal.toUint8Array());
}

export function decodePrincipal(base64: string): Principal {
  return Principal.fromUint8Array(decodeBytes(base64));
}

interface CanisterIdBody {
  readonly canister_id: string;
}

export interface TopologyBody {
  readonly subnet_configs: Readonly<
    Record<
      string,
      {
        readonly subnet_kind: string;
        readonly size?: number;
        readonly canister_ranges: readonly { readonly start: CanisterIdBody; readonly end: CanisterIdBody }[];
      }
    >
  >;
  readonly default_effective_canister_id: CanisterIdBody;
}

export function decodeTopology({ subnet_configs: subnets }: TopologyBody): SubnetTopology[] {
  const decoded = Object.entries(subnets).map(([id, { subnet_kind, size, canister_ranges }]) => ({
    id: Principal.fromText(id),
    type: subnet_kind,
    size,
    canisterRanges: canister_ranges.map(({ start, end }) => ({
      start: decodePrincipal(start.canister_id),
      end: decodePrincipal(end.canister_id),
    })),
  }));
  // The server may send no size, and `@dfinity/pic` passes that on.
  return decoded as unknown as SubnetTopology[];
}

export interface HttpsOutcallBody {
  readonly subnet_id: { readonly subnet_id: string };
  readonly request_id: number;
  readonly http_method: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
  readonly max_response_bytes: number | null;
}

export function decodeHttpsOutcall(outcall: HttpsOutcallBody): PendingHttpsOutcall {
  const decoded = {
    subnetId: decodePrincipal(outcall.subnet_id.subnet_id),
    requestId: outcall.request_id,
    httpMethod: outcall.http_method,
    url: outcall.url,
    headers: outcall.headers.map(({ name, value }) => [name, value]),
    body: decodeBytes(outcall.body),
    // The server sends `null` if the canister set no limit, and `@dfinity/pic` passes it on.
    maxResponseBytes: outcall.max_response_bytes,
  };
  return decoded as unknown as PendingHttpsOutcall;
}

export function encodeHttpsResponse(response: HttpsOutcallResponseMock): object {
  switch (response.type) {
    case 'success':
      return {
        CanisterHttpReply: {
          status: response.statusCode,
          headers: response.headers.map(([name, value]) => ({ name, value })),
          body: encodeBytes(response.body),
        },
      };
    case 'reject':
      return { CanisterHttpReject: { reject_code: response.statusCode, message: response.message } };
  }
}
