/**
 * Checks the certification of an HTTP response (IC HTTP gateway protocol, versions 1 and 2) as a gateway does, except for the signature
 * of the certificate and the certification of requests. A gateway replaces a response that fails this check by an error.
 */
import { createHash } from 'node:crypto';
import { concat, equalBytes, utf8 } from './bytes.js';
import { decodeCbor, isCborMap } from './cbor.js';
import { labelsOf, lookup, lookupValue, rootHash, toHashTree, type HashTree } from './hash-tree.js';

export interface CertifiedResponse {
  /** Path of the request, percent-decoded, without the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the whole body, all parts of a stream included. */
  readonly bodySha256: Uint8Array;
}

const EXACT = '<$>';
const WILDCARD = '<*>';
const NO_REQUEST_HASH = new Uint8Array(0);

/** Why a gateway would not accept the response; `undefined` if it would. Never throws. */
export function certificationProblem(response: CertifiedResponse): string | undefined {
  const header = headerOf(response, 'ic-certificate');
  if (header === undefined) return 'the response has no IC-Certificate header';
  try {
    const fields = fieldsOf(header);
    const tree = toHashTree(decodeCbor(field(fields, 'tree')));
    if (!isRootCertified(field(fields, 'certificate'), tree))
      return 'the tree in the IC-Certificate header is not the certified data of the canister';
    return fields.has('expr_path')
      ? pathProblem(response, tree, field(fields, 'expr_path'))
      : bodyProblem(response, tree);
  } catch (error) {
    return `the IC-Certificate header is malformed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function headerOf({ headers }: CertifiedResponse, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** `certificate=:BASE64:, tree=:BASE64:, …` */
function fieldsOf(header: string): ReadonlyMap<string, Uint8Array> {
  const fields = header.matchAll(/(\w+)=:([^:]*):/g);
  return new Map([...fields].map(([, name = '', text = '']) => [name, fromBase64(text)]));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

function field(fields: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const value = fields.get(name);
  if (value === undefined) throw new Error(`it has no field ${name}`);
  return value;
}

/** The certificate of a response shows one canister. */
function isRootCertified(certificate: Uint8Array, tree: HashTree): boolean {
  const decoded = decodeCbor(certificate);
  if (!isCborMap(decoded)) throw new Error('the certificate is no map');
  const state = toHashTree(decoded.get('tree'));
  const canisters = lookup(state, [utf8('canister')]);
  const ids = canisters.kind === 'found' ? labelsOf(canisters.tree) : [];
  const root = rootHash(tree);
  return ids.some((id) => {
    const data = lookupValue(state, [utf8('canister'), id, utf8('certified_data')]);
    return data !== undefined && equalBytes(data, root);
  });
}

/** Version 1 certifies the body alone. */
function bodyProblem({ path, bodySha256 }: CertifiedResponse, tree: HashTree): string | undefined {
  const certified = lookupValue(tree, [utf8('http_assets'), utf8(path)]);
  if (certified !== undefined && equalBytes(certified, bodySha256)) return undefined;
  return 'the certificate does not cover the body';
}

function pathProblem(
  response: CertifiedResponse,
  tree: HashTree,
  encodedPath: Uint8Array,
): string | undefined {
  const exprPath = decodeCbor(encodedPath) as readonly string[];
  const segments = response.path.split('/').slice(1);
  const own = ['http_expr', ...segments, EXACT];
  const isOwn = exprPath.join('/') === own.join('/');
  if (!isOwn && !isAbove(exprPath, own)) return `the certificate is for the path ${exprPath.join('/')}`;
  if (!isOwn && lookup(tree, own.map(utf8)).kind !== 'absent')
    return 'the certificate does not show that the path itself has no response';
  const expression = headerOf(response, 'ic-certificateexpression');
  if (expression === undefined) return 'the response has no IC-CertificateExpression header';
  const node = lookup(tree, [...exprPath.map(utf8), sha256(utf8(expression))]);
  if (node.kind !== 'found') return 'the tree has no entry for the IC-CertificateExpression header';
  // A request that is certified, too, is not checked.
  if (!expression.includes('no_request_certification')) return undefined;
  const entry = lookup(node.tree, [NO_REQUEST_HASH, responseHash(response, expression)]);
  return entry.kind === 'found' ? undefined : 'the certificate does not cover the response';
}

/** Whether the path is a wildcard of a folder of `own`. */
function isAbove(exprPath: readonly string[], own: readonly string[]): boolean {
  const folder = exprPath.slice(0, -1);
  return exprPath.at(-1) === WILDCARD && folder.every((segment, index) => own[index] === segment);
}

function responseHash(response: CertifiedResponse, expression: string): Uint8Array {
  const isCertified = headerFilter(expression);
  const pairs = response.headers
    .map(([name, value]) => [name.toLowerCase(), utf8(value)] as const)
    .filter(
      ([name]) => name !== 'ic-certificate' && (name === 'ic-certificateexpression' || isCertified(name)),
    );
  const hashes = [...pairs, [':ic-cert-status', leb128(response.status)] as const].map(([name, value]) =>
    concat(sha256(utf8(name)), sha256(value)),
  );
  const sorted = hashes.sort((a, b) => Buffer.compare(a, b));
  return sha256(concat(sha256(concat(...sorted)), response.bodySha256));
}

/** Which headers the expression certifies: those that it lists, or all but those. */
function headerFilter(expression: string): (name: string) => boolean {
  const [, kind, list = ''] =
    /(certified_response_headers|response_header_exclusions)\s*:\s*ResponseHeaderList\s*\{\s*headers\s*:\s*\[([^\]]*)\]/.exec(
      expression,
    ) ?? [];
  const listed = new Set([...list.matchAll(/"([^"]*)"/g)].map(([, name = '']) => name.toLowerCase()));
  return (name) => listed.has(name) === (kind === 'certified_response_headers');
}

function leb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
