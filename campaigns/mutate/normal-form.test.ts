import { describe, expect, it } from 'vitest';
import { findMutants } from '../../replicas/embedded/mutation/find-mutants.js';
import { planCoverage } from '../../replicas/embedded/wasm/coverage-plan.js';
import { decodeModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { assemble } from '../../replicas/embedded/wasm/testing/assemble.js';
import { loadBinaryen, NormalForms } from './normal-form.js';

describe('the normal form of a function', () => {
  it('is the same for a change without an effect, and differs for any other', async () => {
    const binaryen = await loadBinaryen();
    if (binaryen === undefined) throw new Error('binaryen is not installed');
    const module = decodeModule(
      assemble(`(module (memory 1) (data (i32.const 0) "abc")
        (func $unused (result i32) i32.const 4)
        (func (param i32) (result i32)
          (drop (i32.add (local.get 0) (i32.const 2)))
          (i32.shl (local.get 0) (call $unused))))`),
    );
    const [, covered] = planCoverage(module).map.functions;
    const forms = new NormalForms(binaryen, module);
    const mutants = covered === undefined ? [] : findMutants(module, covered);
    const equivalent = mutants.filter((mutant) => forms.isEquivalent(mutant));
    expect(equivalent.map(({ words }) => words)).toEqual([
      'the constant 2 becomes 3',
      'i32.add becomes i32.sub',
    ]);
    expect(mutants.length).toBeGreaterThan(equivalent.length);
  });
});
