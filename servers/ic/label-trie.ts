/**
 * A persistent map from 32-byte ids to subtrees, for the request statuses. It is a crit-bit trie: its shape depends only on the ids, not
 * on the order of insertion. Adding or removing an id rehashes only its path. A balanced tree would be rehashed completely, with
 * thousands of ids within the five minutes in which a status is kept.
 */
import { compareBytes } from '../../certification/bytes.js';
import { type LabeledMap, type StateNode, EMPTY, firstLabel, fork, labeled } from './state-node.js';

/** Returns the index of the first bit in which the labels differ, or Infinity if they are equal. Both have the same length. */
function criticalBit(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length; index += 1) {
    const difference = (a[index] ?? 0) ^ (b[index] ?? 0);
    if (difference !== 0) return index * 8 + Math.clz32(difference) - 24;
  }
  return Infinity;
}

function insert(map: LabeledMap, label: Uint8Array, child: StateNode): LabeledMap {
  const first = firstLabel(map);
  const bit = criticalBit(label, first);
  const mapBit = map.kind === 'fork' ? criticalBit(first, firstLabel(map.right)) : Infinity;
  if (bit < mapBit) {
    const entry = labeled(label, child);
    return compareBytes(label, first) < 0 ? fork(entry, map) : fork(map, entry);
  }
  if (map.kind === 'labeled') return labeled(label, child);
  return bit === mapBit
    ? fork(map.left, insert(map.right, label, child))
    : fork(insert(map.left, label, child), map.right);
}

function remove(map: LabeledMap, label: Uint8Array): LabeledMap | undefined {
  if (map.kind === 'labeled') return compareBytes(map.label, label) === 0 ? undefined : map;
  if (compareBytes(label, firstLabel(map.right)) < 0) {
    const left = remove(map.left, label);
    return left === undefined ? map.right : left === map.left ? map : fork(left, map.right);
  }
  const right = remove(map.right, label);
  return right === undefined ? map.left : right === map.right ? map : fork(map.left, right);
}

function isMap(node: StateNode): node is LabeledMap {
  return node.kind === 'labeled' || node.kind === 'fork';
}

/** `trie` is `EMPTY` or a result of `trieSet` or `trieDelete`. All labels have the same length. */
export function trieSet(trie: StateNode, label: Uint8Array, child: StateNode): StateNode {
  return isMap(trie) ? insert(trie, label, child) : labeled(label, child);
}

export function trieDelete(trie: StateNode, label: Uint8Array): StateNode {
  return isMap(trie) ? (remove(trie, label) ?? EMPTY) : trie;
}
