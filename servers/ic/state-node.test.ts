import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../certification/bytes.js';
import { decodeCbor, encodeCbor } from '../../certification/cbor.js';
import { labelsOf, lookup, lookupValue, rootHash, toHashTree } from '../../certification/hash-tree.js';
import { trieDelete, trieSet } from './label-trie.js';
import { type StateNode, EMPTY, childOf, labeled, leaf, mapOf, nodeHash, witness } from './state-node.js';

const id = fc.uint8Array({ minLength: 4, maxLength: 4 });
const label = fc.uint8Array({ maxLength: 3 });
const uniqueLabels = fc.uniqueArray(label, { selector: toHex, maxLength: 20 });

/** A tree with two levels, in which every label leads to a map of the same labels. */
function twoLevels(labels: readonly Uint8Array[]): StateNode {
  const below = mapOf(labels.map((name) => [name, leaf(name)] as const));
  return mapOf(labels.map((name) => [name, below] as const));
}

describe('a witness', () => {
  it('has the root hash of the whole tree, also after encoding, and proves each path present or absent', () => {
    fc.assert(
      fc.property(uniqueLabels, fc.array(fc.tuple(label, label), { maxLength: 5 }), (labels, paths) => {
        const root = twoLevels(labels);
        const tree = toHashTree(decodeCbor(encodeCbor(witness(root, paths))));
        expect(toHex(rootHash(tree))).toBe(toHex(nodeHash(root)));
        const has = (wanted: Uint8Array): boolean => labels.some((name) => toHex(name) === toHex(wanted));
        for (const path of paths) {
          const present = path.every(has);
          expect(lookup(tree, path).kind).toBe(present ? 'found' : 'absent');
          if (present) expect(lookupValue(tree, path)).toEqual(path[1]);
        }
      }),
    );
  });

  it('hides all other paths', () => {
    const root = mapOf([1, 2, 3, 4, 5].map((n) => [Uint8Array.of(n), leaf(utf8(`secret ${n}`))] as const));
    const tree = witness(root, [[Uint8Array.of(3)]]);
    expect(labelsOf(tree)).toEqual([Uint8Array.of(3)]);
    expect(lookup(tree, [Uint8Array.of(2)]).kind).toBe('unknown');
    expect(Buffer.from(encodeCbor(tree)).includes('secret 2')).toBe(false);
  });

  it('shows the neighbours of an absent label, and nothing below them', () => {
    const root = mapOf([1, 3, 5, 7].map((n) => [Uint8Array.of(n), leaf(utf8(`secret ${n}`))] as const));
    const tree = witness(root, [[Uint8Array.of(4)]]);
    expect(labelsOf(tree)).toEqual([Uint8Array.of(3), Uint8Array.of(5)]);
    expect(lookup(tree, [Uint8Array.of(4)]).kind).toBe('absent');
    expect(Buffer.from(encodeCbor(tree)).includes('secret')).toBe(false);
  });

  it('of a tree with one label proves that every other label is absent', () => {
    const tree = witness(labeled(utf8('time'), leaf(utf8('now'))), [[utf8('other')]]);
    expect(lookup(tree, [utf8('other')]).kind).toBe('absent');
  });
});

describe('a label trie', () => {
  it('depends only on its entries, not on the order of changes', () => {
    const change = fc.tuple(id, fc.boolean());
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.array(id, { maxLength: 10 }), (changes, probes) => {
        let trie: StateNode = EMPTY;
        const entries = new Map<string, Uint8Array>();
        for (const [key, isAdded] of changes) {
          trie = isAdded ? trieSet(trie, key, leaf(key)) : trieDelete(trie, key);
          if (isAdded) entries.set(toHex(key), key);
          else entries.delete(toHex(key));
        }
        let rebuilt: StateNode = EMPTY;
        for (const key of [...entries.values()].reverse()) rebuilt = trieSet(rebuilt, key, leaf(key));
        expect(nodeHash(trie)).toEqual(nodeHash(rebuilt));
        for (const key of [...entries.values(), ...probes]) {
          expect(childOf(trie, key) !== undefined).toBe(entries.has(toHex(key)));
        }
        const shown = labelsOf(witness(trie, [[]])).map(toHex);
        expect(shown).toEqual([...entries.keys()].sort());
      }),
    );
  });

  it('replaces the subtree of a label', () => {
    const key = Uint8Array.of(1, 2, 3, 4);
    const trie = trieSet(trieSet(EMPTY, key, leaf(utf8('old'))), key, leaf(utf8('new')));
    expect(lookupValue(witness(trie, [[key]]), [key])).toEqual(utf8('new'));
  });
});
