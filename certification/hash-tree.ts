/**
 * Hash trees of certificates (IC interface spec, "Certification encoding"). A pruned tree has the same root hash as the whole tree. A
 * lookup in it returns found, absent (the tree proves it), or unknown (the part is pruned).
 */
import { createHash } from 'node:crypto';
import { type CborValue, CborError } from './cbor.js';
import { compareBytes, utf8 } from './bytes.js';

/** The encoding: `[0]` empty, `[1, left, right]` fork, `[2, label, tree]`, `[3, value]` leaf, `[4, hash]` pruned. */
export type HashTree =
  | readonly [0]
  | readonly [1, HashTree, HashTree]
  | readonly [2, Uint8Array, HashTree]
  | readonly [3, Uint8Array]
  | readonly [4, Uint8Array];

export type Lookup =
  | { readonly kind: 'found'; readonly tree: HashTree }
  /** The tree proves that the path does not exist. */
  | { readonly kind: 'absent' }
  /** The part of the tree is pruned, so the path may exist. */
  | { readonly kind: 'unknown' };

/** Returns the length of the text and the text (IC interface spec, "domain_sep"). */
export function domainSeparator(text: string): Uint8Array {
  return Uint8Array.of(text.length, ...utf8(text));
}

const DOMAIN = {
  empty: domainSeparator('ic-hashtree-empty'),
  fork: domainSeparator('ic-hashtree-fork'),
  labeled: domainSeparator('ic-hashtree-labeled'),
  leaf: domainSeparator('ic-hashtree-leaf'),
};

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export const EMPTY_HASH = sha256(DOMAIN.empty);

export function forkHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(DOMAIN.fork, left, right);
}

export function labeledHash(label: Uint8Array, subtree: Uint8Array): Uint8Array {
  return sha256(DOMAIN.labeled, label, subtree);
}

export function leafHash(value: Uint8Array): Uint8Array {
  return sha256(DOMAIN.leaf, value);
}

/** Returns 32 bytes, which are the same for a tree and every pruning of it. */
export function rootHash(tree: HashTree): Uint8Array {
  switch (tree[0]) {
    case 0:
      return EMPTY_HASH;
    case 1:
      return forkHash(rootHash(tree[1]), rootHash(tree[2]));
    case 2:
      return labeledHash(tree[1], rootHash(tree[2]));
    case 3:
      return leafHash(tree[1]);
    case 4:
      return tree[1];
  }
}

/** Converts a decoded value. @throws {CborError} if it is not a hash tree */
export function toHashTree(value: CborValue): HashTree {
  if (Array.isArray(value)) {
    const [kind, first, second] = value as readonly CborValue[];
    if (kind === 0 && value.length === 1) return [0];
    if (kind === 1 && value.length === 3) return [1, toHashTree(first), toHashTree(second)];
    if (kind === 2 && value.length === 3 && first instanceof Uint8Array)
      return [2, first, toHashTree(second)];
    if (kind === 3 && value.length === 2 && first instanceof Uint8Array) return [3, first];
    if (kind === 4 && value.length === 2 && first instanceof Uint8Array && first.length === 32)
      return [4, first];
  }
  throw new CborError('not a hash tree');
}

function children(tree: HashTree): HashTree[] {
  return tree[0] === 1 ? [...children(tree[1]), ...children(tree[2])] : tree[0] === 0 ? [] : [tree];
}

/** Returns the labels directly below the root that are not pruned, in order. */
export function labelsOf(tree: HashTree): Uint8Array[] {
  return children(tree).flatMap((child) => (child[0] === 2 ? [child[1]] : []));
}

/** Follows `path` from the root of `tree` (IC interface spec, "Lookup"). */
export function lookup(tree: HashTree, path: readonly Uint8Array[]): Lookup {
  const [label, ...rest] = path;
  if (label === undefined) {
    if (tree[0] === 4) return { kind: 'unknown' };
    return tree[0] === 0 ? { kind: 'absent' } : { kind: 'found', tree };
  }
  let unknown = false; // A part between the last smaller label and here is pruned, and may hold the label.
  for (const child of children(tree)) {
    if (child[0] === 4) {
      unknown = true;
    } else if (child[0] === 2) {
      const order = compareBytes(label, child[1]);
      if (order === 0) return lookup(child[2], rest);
      if (order < 0) return { kind: unknown ? 'unknown' : 'absent' };
      unknown = false;
    }
  }
  return { kind: unknown ? 'unknown' : 'absent' };
}

/** Returns the leaf at `path`, or `undefined` if the tree shows none. */
export function lookupValue(tree: HashTree, path: readonly Uint8Array[]): Uint8Array | undefined {
  const result = lookup(tree, path);
  return result.kind === 'found' && result.tree[0] === 3 ? result.tree[1] : undefined;
}
