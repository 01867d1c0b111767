import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { outcomeCounts } from './coverage-map.js';
import { CoverageRecorder, type ModuleCounts } from './coverage-recorder.js';
import { instrument } from './instrument.js';
import { assemble } from './testing/assemble.js';

/** A canister whose method `m` has this code. It takes the first byte of the argument from local 0. */
function canisterWith(code: string, fields = ''): Uint8Array {
  return assemble(`(module
    (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (memory 1)
    ${fields}
    (func (export "canister_update m") (local i32 i32)
      (call $copy (i32.const 0) (i32.const 0) (i32.const 1))
      (local.set 0 (i32.load8_u (i32.const 0)))
      ${code}
      (call $reply)))`);
}

/** Calls `m` once with each argument. */
async function caller(wasm: Uint8Array) {
  const coverage = new CoverageRecorder();
  const replica = createEmbeddedReplica({ coverage });
  const canister = await replica.createCanister();
  const installed = await replica.install({ canister, mode: 'install', wasm, arg: new Uint8Array() });
  expect(installed).toMatchObject({ kind: 'reply' });
  return async (args: readonly number[]): Promise<readonly ModuleCounts[]> => {
    for (const arg of args) {
      const call = { canister, method: 'm', arg: Uint8Array.of(arg), caller: '2vxsx-fae' };
      const submitted = await replica.submit(call);
      if (submitted.kind !== 'accepted') throw new Error(submitted.reject.text);
      await replica.deliver(submitted.id);
    }
    return coverage.take();
  };
}

async function countsOf(wasm: Uint8Array, args: readonly number[]): Promise<ModuleCounts> {
  const [counts] = await (await caller(wasm))(args);
  if (counts === undefined) throw new Error('nothing was counted');
  return counts;
}

function blocksOf({ map, counts }: ModuleCounts) {
  return map.functions[0]?.blocks.map((counter) => counts[counter]);
}

function branchesOf({ map, counts }: ModuleCounts) {
  return map.functions[0]?.branches.map((branch) => [branch.kind, ...outcomeCounts(branch, counts)]);
}

describe('coverage of a module', () => {
  it('counts both outcomes of an if and of a br_if', async () => {
    const wasm = canisterWith(`
      (if (local.get 0) (then nop) (else nop nop))
      (block (br_if 0 (i32.eq (local.get 0) (i32.const 2))) nop)`);
    const counts = await countsOf(wasm, [0, 1, 2, 2]);
    expect(branchesOf(counts)).toEqual([
      ['if', 3, 1],
      ['br_if', 2, 2],
    ]);
    expect(blocksOf(counts)).toEqual([4, 3, 1, 4, 2, 4]);
  });

  it('counts each target of a br_table once, and keeps what the branch does', async () => {
    const wasm = canisterWith(`
      (block $c (block $b (block $a
        (br_table $a $b $a $c (local.get 0)))
        (local.set 1 (i32.const 1)) br $c)
        (local.set 1 (i32.const 2)))
      (if (i32.eq (local.get 1) (i32.const 2)) (then unreachable))`);
    const counts = await countsOf(wasm, [0, 1, 2, 9]);
    expect(branchesOf(counts)?.[0]).toEqual(['br_table', 2, 1, 1]);
    expect(branchesOf(counts)?.[1]).toEqual(['if', 1, 3]);
  });

  it('does not take a trap before a branch for an outcome of the branch', async () => {
    const wasm = canisterWith(`
      (drop (i32.load (i32.mul (local.get 0) (i32.const 100000))))
      (block (br_if 0 (local.get 0)))`);
    expect(branchesOf(await countsOf(wasm, [0, 1, 1]))).toEqual([['br_if', 1, 0]]);
  });

  it('has no block for code that no path leads to', async () => {
    const wasm = canisterWith('(block (br 0) nop nop) (block unreachable (if (i32.const 1) (then nop)))');
    expect(blocksOf(await countsOf(wasm, [0]))).toHaveLength(2);
    expect(branchesOf(await countsOf(wasm, [0]))).toEqual([]);
  });

  it('names the exports, the callees, and the references of a function', async () => {
    const fields = '(table 1 funcref) (elem (i32.const 0) $b) (func $a (call $c)) (func $b) (func $c)';
    const { map } = await countsOf(canisterWith('(call $a)', fields), [0]);
    expect(map.functions.map(({ callees }) => callees)).toEqual([[4], [], [], [0, 2, 1]]);
    expect(map.functions.map(({ isReferenced }) => isReferenced)).toEqual([false, true, false, false]);
    expect(map.functions.map(({ exports }) => exports)).toEqual([[], [], [], ['canister_update m']]);
  });

  it('counts messages that are rolled back', async () => {
    const counts = await countsOf(canisterWith('(if (local.get 0) (then unreachable))'), [1, 1, 0]);
    expect(branchesOf(counts)).toEqual([['if', 2, 1]]);
  });

  it('returns the counts since the last reading', async () => {
    const call = await caller(canisterWith('nop'));
    for (const calls of [1, 2]) {
      const [counts] = await call(new Array<number>(calls).fill(0));
      expect(counts && blocksOf(counts)).toEqual([calls]);
    }
    expect(await call([])).toEqual([]);
  });

  it('counts the loop of a module without a memory', async () => {
    const wasm = assemble(`(module (func (export "canister_update m") (local i32)
      (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 5))))))`);
    const counts = await countsOf(wasm, [0, 0]);
    expect(blocksOf(counts)).toEqual([2, 10]);
    expect(branchesOf(counts)).toEqual([['br_if', 2, 8]]);
  });

  it('does not change what compilation charges for', () => {
    const wasm = canisterWith('(if (local.get 0) (then nop))');
    const plain = instrument(wasm, 'hash').metadata;
    const { coverage, ...counted } = instrument(wasm, 'hash', true).metadata;
    expect(coverage?.functions).toHaveLength(1);
    expect(counted).toEqual(plain);
  });
});
