import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readModule } from '../../../campaigns/subject/inputs.js';
import { BUILT_IN_WASM } from '../../../campaigns/subject/subject.js';
import { planCoverage } from '../wasm/coverage-plan.js';
import { decodeModule, type DecodedModule } from '../wasm/module-decoder.js';
import { NAME_SECTION } from '../wasm/name-section.js';
import { assemble } from '../wasm/testing/assemble.js';
import { validateAsWasm } from '../wasm/validator.js';
import { applyMutant } from './apply-mutant.js';
import { changedFunctions } from './changed-functions.js';
import { findMutants } from './find-mutants.js';
import { MUTATION_OPERATORS } from './operators.js';

const COUNTER = `(module
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "time" (func $time (result i64)))
  (memory 1)
  (func $less (param i32 i32) (result i32) (i32.lt_u (local.get 0) (local.get 1)))
  (func (export "canister_update m") (local i64)
    (if (call $less (i32.const 1) (i32.const 2)) (then (i32.store (i32.const 8) (i32.const 7))))
    (block (br_if 0 (i32.eqz (i32.const 1))) (local.set 0 (i64.add (call $time) (i64.const 1))))
    (call $append (i32.const 8) (i32.const 4))
    (call $reply)))`;

function mutantsOf(text: string) {
  const module = decodeModule(assemble(text));
  const { functions } = planCoverage(module).map;
  return { module, mutants: functions.flatMap((covered) => findMutants(module, covered)) };
}

describe('the mutants of a module', () => {
  it('are listed with a change in words, and an id of their own', () => {
    const { mutants } = mutantsOf(COUNTER);
    const words = mutants.map(({ words: text }) => text);
    expect(words).toEqual(
      expect.arrayContaining([
        'i32.lt_u becomes i32.ge_u',
        'i32.lt_u becomes i32.le_u',
        'i64.add becomes i64.sub',
        'i32.eqz becomes a comparison with 0 for inequality',
        'the condition of if is negated',
        'the constant 1 becomes 0',
        'the constant 7 becomes 8',
        'the call of msg_reply is left out',
        'the call of msg_reply_data_append is made twice',
        'i32.store is left out',
        'the function returns 0 at once',
        'a basic block traps',
      ]),
    );
    expect(words).not.toContain('the condition of br_if is negated');
    expect(new Set(mutants.map(({ operator }) => operator))).toEqual(new Set(MUTATION_OPERATORS));
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  });

  it('are valid modules that differ from the original and from each other', () => {
    const { module, mutants } = mutantsOf(COUNTER);
    const modules = mutants.map((mutant) => applyMutant(module, mutant));
    for (const wasm of modules) expect(() => validateAsWasm(wasm)).not.toThrow();
    const hashes = new Set([module.bytes, ...modules].map((wasm) => Buffer.from(wasm).toString('hex')));
    expect(hashes.size).toBe(modules.length + 1);
  });

  it('of the reference canister are valid in every sample', () => {
    const module = decodeModule(readModule(BUILT_IN_WASM));
    const { functions } = planCoverage(module).map;
    const mutants = functions.flatMap((covered) => findMutants(module, covered));
    const rank = (id: string) => createHash('sha256').update(id).digest('hex');
    const sample = mutants.map((mutant) => ({ mutant, rank: rank(mutant.id) }));
    sample.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    for (const { mutant } of sample.slice(0, 10))
      expect(() => validateAsWasm(applyMutant(module, mutant)), mutant.id).not.toThrow();
  });

  it('leave out code that no path leads to', () => {
    const { mutants } = mutantsOf(`(module (func (export "canister_update m")
      unreachable (drop (i32.add (i32.const 5) (i32.const 6)))))`);
    expect(mutants.map(({ operator }) => operator)).toEqual(['early-return', 'block-trapped']);
  });

  it('change what the module computes', () => {
    const { module, mutants } = mutantsOf(`(module (func $f (export "canister_update m"))
      (func (result i32) (i32.sub (i32.const 10) (i32.const 3)))
      (export "f" (func 1)))`);
    const resultOf = (wasm: Uint8Array): unknown => {
      const compiled = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
      return (new WebAssembly.Instance(compiled).exports['f'] as () => unknown)();
    };
    const results = mutants
      .filter((mutant) => mutant.function === 1 && mutant.operator !== 'block-trapped')
      .map((mutant) => [mutant.operator, resultOf(applyMutant(module, mutant))]);
    expect(results).toEqual([
      ['early-return', 0],
      ['constant-changed', 8],
      ['constant-changed', 6],
      ['arithmetic-replaced', 13],
    ]);
  });
});

/** Replaces the name section. Names have one letter. */
function withNames(module: DecodedModule, names: readonly string[]): DecodedModule {
  const entries = names.flatMap((name, index) => [index, 1, name.charCodeAt(0)]);
  const content = Uint8Array.of(1, entries.length + 1, names.length, ...entries);
  const others = module.customs.filter(({ name }) => name !== NAME_SECTION);
  return { ...module, customs: names.length === 0 ? others : [...others, { name: NAME_SECTION, content }] };
}

describe('the functions that changed', () => {
  const of = (...functions: readonly string[]) => decodeModule(assemble(`(module ${functions.join(' ')})`));
  const A = '(func $a (call $b))';
  const B = '(func $b (drop (i32.const 1)))';

  it('are those with another body', () => {
    expect([...changedFunctions(of(A, '(func $b (drop (i32.const 2)))'), of(A, B))]).toEqual([1]);
    expect([...changedFunctions(of(A, B), of(A, B))]).toEqual([]);
  });

  it('are not those whose index or callee only moved', () => {
    expect([...changedFunctions(of('(func $new nop)', A, B), of(A, B))]).toEqual([0]);
  });

  const C = '(func $c (drop (i32.const 3)))';
  const A_CALLS_C = '(func $a (call $c))';

  it('are those that call another function', () => {
    expect([...changedFunctions(of(A_CALLS_C, B, C), of(A, B, C))]).toEqual([0]);
  });

  describe('in modules without names', () => {
    const stripped = (...functions: readonly string[]) => withNames(of(...functions), []);

    it('are those with another body, and not their callers', () => {
      const earlier = stripped(A, B);
      expect([...changedFunctions(stripped(A, '(func $b (drop (i32.const 2)))'), earlier)]).toEqual([1]);
      expect([...changedFunctions(stripped('(func $new nop)', A, B), earlier)]).toEqual([0]);
      expect([...changedFunctions(of('(func $new nop)', A, B), earlier)]).toEqual([0]);
    });

    it('are those that call another function', () => {
      expect([...changedFunctions(stripped(A_CALLS_C, B, C), stripped(A, B, C))]).toEqual([0]);
    });

    it('are those that call a function which differs only in what it calls', () => {
      const shared = [B, C, '(func $toB (call $b))', '(func $toC (call $c))'];
      const [before, after] = ['(func $f (call $toB))', '(func $f (call $toC))'];
      expect([...changedFunctions(stripped(...shared, after), stripped(...shared, before))]).toEqual([4]);
    });

    it('are those that call another function of the System API', () => {
      const imports = ['(import "ic0" "trap" (func $x))', '(import "ic0" "msg_reply" (func $y))'];
      const swapped = imports.toReversed();
      const caller = '(func $f (call $x))';
      expect([...changedFunctions(stripped(...swapped, caller), stripped(...imports, caller))]).toEqual([]);
      expect([
        ...changedFunctions(stripped(...imports, '(func $f (call $y))'), stripped(...imports, caller)),
      ]).toEqual([2]);
    });

    it('are not those whose types of indirect calls moved', () => {
      const table = '(table 1 funcref)';
      const caller = '(func $f (param i64) (call_indirect (type $t) (i32.const 0)))';
      const earlier = stripped('(type $t (func))', table, caller);
      const moved = stripped('(type $new (func (result f64)))', '(type $t (func))', table, caller);
      expect([...changedFunctions(moved, earlier)]).toEqual([]);
      const other = stripped(
        '(type $t (func (result i32)))',
        table,
        caller.replace('(call', '(drop (call') + ')',
      );
      expect(changedFunctions(other, earlier).size).toBe(1);
    });
  });

  it('are found by their bodies if the names belong to other functions', () => {
    const functions = [A, B, C, '(func $d (drop (i32.const 4)))'];
    // A tool has put a function in front and left the names at their indices.
    const names = ['a', 'b', 'c', 'd'];
    const shifted = (...all: readonly string[]) => withNames(of(...all), names);
    expect([...changedFunctions(shifted('(func $new nop)', ...functions), of(...functions))]).toEqual([0]);
  });
});
