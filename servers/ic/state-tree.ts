/** Builds the certified state of the subnet as a tree (IC interface spec, "The system state tree"). */
import { lebEncode } from '@icp-sdk/core/candid';
import type { CanisterFacts, SubnetMetrics } from './backend.js';
import { equalBytes, utf8 } from '../../certification/bytes.js';
import { encodeCbor } from '../../certification/cbor.js';
import { principalToBytes } from './principals.js';
import { type StateNode, EMPTY, leaf, mapOf } from './state-node.js';
import type { SubnetIdentity } from './subnet-identity.js';

const U64_BITS = 64n;

function canisterNode({ controllers, module }: CanisterFacts): StateNode {
  const controllersNode = leaf(encodeCbor(controllers.map(principalToBytes)));
  if (!module) return mapOf([[utf8('controllers'), controllersNode]]);
  return mapOf([
    [utf8('certified_data'), leaf(module.certifiedData)],
    [utf8('controllers'), controllersNode],
    [
      utf8('metadata'),
      mapOf(module.metadata.map(({ name, content }) => [utf8(name), leaf(content)] as const)),
    ],
    [utf8('module_hash'), leaf(module.hash)],
  ]);
}

/** `SubnetMetrics` of rs/canonical_state: a map with integer keys. Cycles are split into low and high 64 bits. */
function metricsNode(metrics: SubnetMetrics, canisters: number): StateNode {
  return leaf(
    withoutTag(
      encodeCbor(
        new Map<number, CborMetric>([
          [0, canisters],
          [1, metrics.canisterStateBytes],
          [
            2,
            new Map([
              [0, BigInt.asUintN(64, metrics.consumedCycles)],
              [1, metrics.consumedCycles >> U64_BITS],
            ]),
          ],
          [3, metrics.updateTransactions],
        ]),
      ),
    ),
  );
}

type CborMetric = number | bigint | ReadonlyMap<number, bigint>;

/** The leaves that users do not read have no self-describe tag (3 bytes). */
function withoutTag(encoded: Uint8Array): Uint8Array {
  return encoded.slice(3);
}

/** A subnet of the network, as every subnet knows it. */
export interface SubnetRecord {
  readonly id: Uint8Array;
  readonly publicKeyDer: Uint8Array;
  /** Inclusive ranges of the canister ids that the subnet hosts, ascending. */
  readonly ranges: readonly (readonly [Uint8Array, Uint8Array])[];
}

export interface StateTreeInput {
  readonly timeNs: bigint;
  readonly requestStatus: StateNode;
  readonly canisters: readonly CanisterFacts[];
  readonly metrics: SubnetMetrics;
  /** All subnets of the network. The same list again declares that nothing changed. */
  readonly subnets: readonly SubnetRecord[];
  /** Root hash of the previous state, which links the states. `undefined` for the first state. */
  readonly previousRootHash: Uint8Array | undefined;
}

/** Number of ranges that a leaf of `/canister_ranges` holds. */
const RANGES_PER_LEAF = 5;

/** One leaf per five ranges, with the first id as its label. */
function rangesNode({ ranges }: SubnetRecord): StateNode {
  const leaves: [Uint8Array, StateNode][] = [];
  for (let index = 0; index < ranges.length; index += RANGES_PER_LEAF) {
    const part = ranges.slice(index, index + RANGES_PER_LEAF);
    const [first] = part;
    if (first) leaves.push([first[0], leaf(encodeCbor(part))]);
  }
  return mapOf(leaves);
}

/** Refers to the previous state. The hash is a list of numbers, and the leaf has no self-describe tag. */
function metadataNode(previousRootHash: Uint8Array | undefined): StateNode {
  const value = previousRootHash === undefined ? null : Array.from(previousRootHash);
  return leaf(withoutTag(encodeCbor(new Map([[1, value]]))));
}

/** Returns a function that builds the tree of each state of one subnet. It reuses the hashes of unchanged parts. */
export function createStateTreeBuilder(identity: SubnetIdentity) {
  const canisterNodes = new WeakMap<CanisterFacts, StateNode>();
  const nodeOf = (facts: CanisterFacts): StateNode => {
    const node = canisterNodes.get(facts) ?? canisterNode(facts);
    canisterNodes.set(facts, node);
    return node;
  };
  const nodesNode = mapOf(
    identity.nodes.map(
      ({ id, publicKeyDer }) => [id, mapOf([[utf8('public_key'), leaf(publicKeyDer)]])] as const,
    ),
  );
  const rangesNodes = new WeakMap<readonly SubnetRecord[], StateNode>();
  const rangesNodeOf = (subnets: readonly SubnetRecord[]): StateNode => {
    const node =
      rangesNodes.get(subnets) ?? mapOf(subnets.map((subnet) => [subnet.id, rangesNode(subnet)] as const));
    rangesNodes.set(subnets, node);
    return node;
  };
  const subnetNode = ({ id, publicKeyDer, ranges }: SubnetRecord, metrics: StateNode): StateNode => {
    const isOwn = equalBytes(id, identity.id);
    return mapOf([
      [utf8('canister_ranges'), leaf(encodeCbor(ranges))],
      ...(isOwn ? [[utf8('metrics'), metrics] as const, [utf8('node'), nodesNode] as const] : []),
      [utf8('public_key'), leaf(publicKeyDer)],
    ]);
  };

  return ({
    timeNs,
    requestStatus,
    canisters,
    metrics,
    subnets,
    previousRootHash,
  }: StateTreeInput): StateNode => {
    const ownMetrics = metricsNode(metrics, canisters.length);
    return mapOf([
      [utf8('api_boundary_nodes'), EMPTY],
      [
        utf8('canister'),
        mapOf(canisters.map((facts) => [principalToBytes(facts.id), nodeOf(facts)] as const)),
      ],
      [utf8('canister_ranges'), rangesNodeOf(subnets)],
      [utf8('metadata'), metadataNode(previousRootHash)],
      [utf8('request_status'), requestStatus],
      [utf8('streams'), EMPTY],
      [utf8('subnet'), mapOf(subnets.map((subnet) => [subnet.id, subnetNode(subnet, ownMetrics)] as const))],
      [utf8('time'), leaf(lebEncode(timeNs))],
    ]);
  };
}

export type StateTreeBuilder = ReturnType<typeof createStateTreeBuilder>;

/** The state before the first round. */
export function initialStateTree(): StateNode {
  return mapOf([
    [utf8('api_boundary_nodes'), EMPTY],
    [utf8('canister'), EMPTY],
    [utf8('canister_ranges'), EMPTY],
    [utf8('metadata'), metadataNode(undefined)],
    [utf8('request_status'), EMPTY],
    [utf8('streams'), EMPTY],
    [utf8('subnet'), EMPTY],
    [utf8('time'), leaf(lebEncode(0n))],
  ]);
}
