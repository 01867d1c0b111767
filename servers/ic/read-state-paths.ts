/** Checks which paths of the state tree a request may read (rs/http_endpoints/public/src/read_state/{canister,subnet}.rs). */
import { type Targets, allows } from './authenticate.js';
import { equalBytes, toHex } from '../../certification/bytes.js';
import type { CertifiedState } from './certified-state.js';
import type { ReadStateRequest } from './envelope.js';
import { HttpError } from '../http/reply.js';
import type { MessageHistory } from './chain-view.js';
import { MANAGEMENT_CANISTER, PRINCIPAL_BYTES_MAX, principalToBytes, principalToText } from './principals.js';

const REQUEST_ID_BYTES = 32;

/** Decodes a label for comparison with a name. Names are ASCII; ids are compared as bytes elsewhere. */
function latin1(label: Uint8Array | undefined): string {
  return label ? Buffer.from(label.buffer, label.byteOffset, label.byteLength).toString('latin1') : '';
}

function notFound(): never {
  throw new HttpError(404, 'Invalid path requested.');
}

/** Returns true for paths that every user may read. */
function isPublicPath(path: readonly Uint8Array[], { hasRanges }: RequestCheck): boolean {
  const [root, , name, , leafName] = path.map(latin1);
  if (root === 'time') return path.length === 1;
  if (root === 'api_boundary_nodes') {
    return path.length <= 2 || (path.length === 3 && /^(domain|ipv4_address|ipv6_address)$/.test(name ?? ''));
  }
  if (root !== 'subnet') return false;
  if (path.length <= 2) return true;
  if (path.length === 3 && name === 'canister_ranges') return hasRanges(path[1] ?? new Uint8Array(0));
  if (path.length === 3) return name === 'public_key' || name === 'node';
  return name === 'node' && (path.length === 4 || (path.length === 5 && leafName === 'public_key'));
}

function checkSameId(label: Uint8Array | undefined, effectiveId: Uint8Array): void {
  const id = label ?? new Uint8Array(0);
  if (id.length > PRINCIPAL_BYTES_MAX)
    throw new HttpError(400, 'Could not parse principal ID: longer than 29 bytes.');
  if (equalBytes(id, effectiveId)) return;
  throw new HttpError(
    400,
    `Effective principal id in URL ${principalToText(effectiveId)} does not match requested principal id: ${principalToText(id)}.`,
  );
}

interface RequestCheck {
  readonly request: ReadStateRequest;
  /** The id in the URL. */
  readonly effectiveId: Uint8Array;
  readonly history: MessageHistory;
  /** Whether `/subnet/…/canister_ranges` of this subnet may be read. */
  readonly hasRanges: (subnet: Uint8Array) => boolean;
}

export interface PathCheck extends RequestCheck {
  readonly targets: Targets;
  readonly state: CertifiedState;
}

export interface SubnetPathCheck extends RequestCheck {
  /** Authenticates the request. @throws {HttpError} if it is not authentic */
  readonly targetsOf: () => Targets;
}

/** Checks the paths of `/api/…/canister/…/read_state`. @throws {HttpError} 400, 403, or 404 for the first path that may not be read */
export function checkCanisterPaths(check: PathCheck): void {
  let seen: string | undefined;
  for (const path of check.request.paths) {
    const [root, , name] = path.map(latin1);
    if (isPublicPath(path, check)) continue;
    if (root === 'canister' && path.length === 3 && (name === 'controllers' || name === 'module_hash')) {
      checkSameId(path[1], check.effectiveId);
    } else if (root === 'canister' && path.length === 4 && name === 'metadata') {
      checkSameId(path[1], check.effectiveId);
      checkMetadata(path[3]!, check);
    } else if (root === 'request_status' && isStatusPath(path)) {
      seen = checkRequestStatus(path[1]!, seen, check);
    } else {
      notFound();
    }
  }
}

/**
 * Checks the paths of `/api/…/subnet/…/read_state`: public paths, the subnet's metrics, and the status of a request that was sent to the
 * subnet, without canisters.
 */
export function checkSubnetPaths(check: SubnetPathCheck): void {
  let seen: string | undefined;
  for (const path of check.request.paths) {
    const [root, , name] = path.map(latin1);
    if (isPublicPath(path, check)) continue;
    if (root === 'subnet' && path.length === 3 && name === 'metrics') checkSameId(path[1], check.effectiveId);
    else if (root === 'canister_ranges' && path.length === 2) continue;
    else if (root === 'request_status' && isStatusPath(path) && isOfSubnet(path[1]!, check))
      seen = checkRequestStatus(path[1]!, seen, { ...check, targets: check.targetsOf() });
    else notFound();
  }
}

/** Only a call to the management canister can name a subnet in place of a canister. */
function isOfSubnet(requestId: Uint8Array, { history }: RequestCheck): boolean {
  return history.get(requestId)?.receiver === MANAGEMENT_CANISTER;
}

function isStatusPath(path: readonly Uint8Array[]): boolean {
  return (
    path.length === 2 ||
    (path.length === 3 && /^(status|reply|reject_code|reject_message|error_code)$/.test(latin1(path[2])))
  );
}

function checkMetadata(label: Uint8Array, { request, effectiveId, state }: PathCheck): void {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true }).decode(label);
  } catch {
    throw new HttpError(400, 'Could not parse the custom section name: invalid utf-8 sequence.');
  }
  const facts = state.canisters.get(principalToText(effectiveId));
  const section = facts?.module?.metadata.find((candidate) => candidate.name === name);
  if (!facts || section?.visibility !== 'private') return;
  if (facts.controllers.some((controller) => equalBytes(principalToBytes(controller), request.sender)))
    return;
  throw new HttpError(
    403,
    `Custom section ${name.slice(0, 100)} can only be requested by the controllers of the canister.`,
  );
}

/** All paths must name the same request. Returns the id as hex, for the comparison with the next one. */
function checkRequestStatus(
  id: Uint8Array,
  seen: string | undefined,
  check: RequestCheck & { readonly targets: Targets },
): string {
  if (id.length !== REQUEST_ID_BYTES) {
    throw new HttpError(
      400,
      'Invalid request id in paths. Maybe the request ID is not of 32 bytes in length?!',
    );
  }
  const hex = toHex(id);
  if (seen !== undefined && seen !== hex) {
    throw new HttpError(
      400,
      `More than one non-unique request ID exists in request_status paths: 0x${seen} and 0x${hex}.`,
    );
  }
  const record = check.history.get(id);
  if (record && record.status !== 'pooled') {
    if (record.sender !== principalToText(check.request.sender)) {
      throw new HttpError(403, 'The user tries to access Request ID not signed by the caller.');
    }
    if (!allows(check.targets, principalToBytes(record.receiver))) {
      throw new HttpError(
        403,
        'The user tries to access request IDs for canisters not belonging to sender delegation targets.',
      );
    }
  }
  return hex;
}
