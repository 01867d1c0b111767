/** Builds the certified state of the subnet as a tree (IC interface spec, "The system state tree"). */
import { lebEncode } from '@icp-sdk/core/candid';
import type { CanisterFacts, SubnetFacts, SubnetMetrics } from './backend.js';
import { utf8 } from '../../certification/bytes.js';
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
    encodeUntagged(
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
  );
}

type CborMetric = number | bigint | ReadonlyMap<number, bigint>;

/** The metrics leaf is the only CBOR leaf without the self-describe tag (3 bytes). */
function encodeUntagged(value: ReadonlyMap<number, CborMetric>): Uint8Array {
  return encodeCbor(value).slice(3);
}

export interface StateTreeInput {
  readonly timeNs: bigint;
  readonly requestStatus: StateNode;
  readonly canisters: readonly CanisterFacts[];
  readonly metrics: SubnetMetrics;
  /** Root hash of the previous state, which links the states. `undefined` for the first state. */
  readonly previousRootHash: Uint8Array | undefined;
}

/** Returns a function that builds the tree of each state of one subnet. It reuses the hashes of unchanged parts. */
export function createStateTreeBuilder(subnet: SubnetFacts, identity: SubnetIdentity) {
  const canisterNodes = new WeakMap<CanisterFacts, StateNode>();
  const nodeOf = (facts: CanisterFacts): StateNode => {
    const node = canisterNodes.get(facts) ?? canisterNode(facts);
    canisterNodes.set(facts, node);
    return node;
  };
  const ranges = subnet.canisterRanges.map(([from, to]) => [principalToBytes(from), principalToBytes(to)]);
  const rangesNode = leaf(encodeCbor(ranges));
  const nodesNode = mapOf(
    identity.nodes.map(
      ({ id, publicKeyDer }) => [id, mapOf([[utf8('public_key'), leaf(publicKeyDer)]])] as const,
    ),
  );
  const publicKeyNode = leaf(identity.key.publicKeyDer);
  // The newer encoding of the ranges: one leaf per range, labeled with the first id of the range.
  const shardsNode = mapOf(ranges.map(([from, to]) => [from!, leaf(encodeCbor([[from!, to!]]))] as const));
  const canisterRangesNode = mapOf([[identity.id, shardsNode]]);

  return ({ timeNs, requestStatus, canisters, metrics, previousRootHash }: StateTreeInput): StateNode => {
    const subnetNode = mapOf([
      [utf8('canister_ranges'), rangesNode],
      [utf8('metrics'), metricsNode(metrics, canisters.length)],
      [utf8('node'), nodesNode],
      [utf8('public_key'), publicKeyNode],
    ]);
    return mapOf([
      [utf8('api_boundary_nodes'), EMPTY],
      [
        utf8('canister'),
        mapOf(canisters.map((facts) => [principalToBytes(facts.id), nodeOf(facts)] as const)),
      ],
      [utf8('canister_ranges'), canisterRangesNode],
      [utf8('metadata'), leaf(encodeCbor(new Map(previousRootHash ? [[1, previousRootHash]] : [])))],
      [utf8('request_status'), requestStatus],
      [utf8('streams'), EMPTY],
      [utf8('subnet'), mapOf([[identity.id, subnetNode]])],
      [utf8('time'), leaf(lebEncode(timeNs))],
    ]);
  };
}

export type StateTreeBuilder = ReturnType<typeof createStateTreeBuilder>;
