/**
 * The complete state tree. Nodes are immutable and cache their hash, so that a new state rehashes only the changed parts, and the cost of
 * a witness depends only on its paths.
 */
import { type HashTree, EMPTY_HASH, forkHash, labeledHash, leafHash } from '../../certification/hash-tree.js';
import { compareBytes, toHex } from '../../certification/bytes.js';

interface Hashed {
  /** Filled on first use. */
  hash?: Uint8Array;
}
export interface EmptyNode extends Hashed {
  readonly kind: 'empty';
}
export interface LeafNode extends Hashed {
  readonly kind: 'leaf';
  readonly value: Uint8Array;
}
export interface LabeledNode extends Hashed {
  readonly kind: 'labeled';
  readonly label: Uint8Array;
  readonly child: StateNode;
}
export interface ForkNode extends Hashed {
  readonly kind: 'fork';
  readonly left: LabeledMap;
  readonly right: LabeledMap;
  /** The smallest label below, which makes a fork searchable. */
  readonly first: Uint8Array;
}
/** One or more labels in bytewise order. */
export type LabeledMap = LabeledNode | ForkNode;
export type StateNode = EmptyNode | LeafNode | LabeledMap;

export const EMPTY: EmptyNode = { kind: 'empty' };

export function leaf(value: Uint8Array): LeafNode {
  return { kind: 'leaf', value };
}

export function labeled(label: Uint8Array, child: StateNode): LabeledNode {
  return { kind: 'labeled', label, child };
}

export function firstLabel(map: LabeledMap): Uint8Array {
  return map.kind === 'labeled' ? map.label : map.first;
}

/** Every label of `left` must be smaller than every label of `right`. */
export function fork(left: LabeledMap, right: LabeledMap): ForkNode {
  return { kind: 'fork', left, right, first: firstLabel(left) };
}

/**
 * Creates a map from labels to subtrees. Neighbours are paired level by level, like the replica's `HashTreeBuilderImpl`
 * (rs/crypto/tree_hash), so that trees have the same shape as a real server's.
 */
export function mapOf(entries: Iterable<readonly [Uint8Array, StateNode]>): StateNode {
  let level: LabeledMap[] = [...entries]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([label, child]) => labeled(label, child));
  while (level.length > 1) {
    const next: LabeledMap[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index]!, level[index + 1]];
      next.push(right ? fork(left, right) : left);
    }
    level = next;
  }
  return level[0] ?? EMPTY;
}

export function nodeHash(node: StateNode): Uint8Array {
  node.hash ??= computeHash(node);
  return node.hash;
}

function computeHash(node: StateNode): Uint8Array {
  switch (node.kind) {
    case 'empty':
      return EMPTY_HASH;
    case 'leaf':
      return leafHash(node.value);
    case 'labeled':
      return labeledHash(node.label, nodeHash(node.child));
    case 'fork':
      return forkHash(nodeHash(node.left), nodeHash(node.right));
  }
}

/** Returns the subtree directly below `label`, or `undefined` if there is none. */
export function childOf(node: StateNode, label: Uint8Array): StateNode | undefined {
  let at = node;
  while (at.kind === 'fork') at = compareBytes(label, firstLabel(at.right)) < 0 ? at.left : at.right;
  return at.kind === 'labeled' && compareBytes(label, at.label) === 0 ? at.child : undefined;
}

/** The parts below one node that a witness must show: all, or some labels, or none (only that the node exists). */
interface Wanted {
  all: boolean;
  readonly below: Map<string, { readonly label: Uint8Array; readonly wanted: Wanted }>;
}

function nothing(): Wanted {
  return { all: false, below: new Map() };
}

function wantedOf(paths: Iterable<readonly Uint8Array[]>): Wanted {
  const root = nothing();
  for (const path of paths) {
    let at = root;
    for (const label of path) {
      const hex = toHex(label);
      const next = at.below.get(hex) ?? { label, wanted: nothing() };
      at.below.set(hex, next);
      at = next.wanted;
    }
    at.all = true;
  }
  return root;
}

function reveal(node: StateNode): HashTree {
  switch (node.kind) {
    case 'empty':
      return [0];
    case 'leaf':
      return [3, node.value];
    case 'labeled':
      return [2, node.label, reveal(node.child)];
    case 'fork':
      return [1, reveal(node.left), reveal(node.right)];
  }
}

/** Returns the largest label below `missing` and the smallest above it. Together they prove that the label does not exist. */
function neighbours(map: LabeledMap, missing: Uint8Array): Uint8Array[] {
  let at = map;
  let leftOf: LabeledMap | undefined;
  let rightOf: LabeledMap | undefined;
  while (at.kind === 'fork') {
    if (compareBytes(missing, firstLabel(at.right)) < 0) [rightOf, at] = [at.right, at.left];
    else [leftOf, at] = [at.left, at.right];
  }
  // The reached label is one of the two. The other is at the edge of the last skipped half on the other side.
  const isBelow = compareBytes(at.label, missing) < 0;
  const other = isBelow ? rightOf && firstLabel(rightOf) : leftOf && lastLabel(leftOf);
  return other ? [at.label, other] : [at.label];
}

function lastLabel(map: LabeledMap): Uint8Array {
  return map.kind === 'labeled' ? map.label : lastLabel(map.right);
}

interface Wish {
  readonly label: Uint8Array;
  readonly wanted: Wanted;
}

function showMap(map: LabeledMap, wishes: readonly Wish[]): HashTree {
  if (wishes.length === 0) return [4, nodeHash(map)];
  if (map.kind === 'labeled') {
    const wish = wishes.find(({ label }) => compareBytes(label, map.label) === 0);
    return wish ? [2, map.label, show(map.child, wish.wanted)] : [4, nodeHash(map)];
  }
  const split = firstLabel(map.right);
  const left = wishes.filter(({ label }) => compareBytes(label, split) < 0);
  const right = wishes.filter(({ label }) => compareBytes(label, split) >= 0);
  return [1, showMap(map.left, left), showMap(map.right, right)];
}

function show(node: StateNode, wanted: Wanted): HashTree {
  if (wanted.all) return reveal(node);
  if (node.kind === 'empty') return [0];
  if (node.kind === 'leaf') return wanted.below.size > 0 ? reveal(node) : [4, nodeHash(node)];
  const wishes = new Map(wanted.below);
  for (const { label } of wanted.below.values()) {
    if (childOf(node, label) !== undefined) continue;
    for (const neighbour of neighbours(node, label)) {
      const hex = toHex(neighbour);
      if (!wishes.has(hex)) wishes.set(hex, { label: neighbour, wanted: nothing() });
    }
  }
  return showMap(node, [...wishes.values()]);
}

/** Returns the pruned tree that shows exactly `paths` with everything below them, or proves that they are absent. */
export function witness(root: StateNode, paths: Iterable<readonly Uint8Array[]>): HashTree {
  return show(root, wantedOf(paths));
}
