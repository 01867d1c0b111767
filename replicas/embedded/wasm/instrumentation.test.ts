import { describe, expect, it } from 'vitest';
import { LAST_INDIRECT_EXPORT, TABLE_EXPORT } from './instrumented-module.js';
import { BRANCH_HINT_SECTION } from './branch-hints.js';
import { ByteReader } from './byte-reader.js';
import { compile, instrument, sha256Hex } from './instrument.js';
import { instrumentModule } from './instrument-module.js';
import { decodeModule } from './module-decoder.js';
import { assemble } from './testing/assemble.js';
import { MiniHost } from './testing/mini-host.js';
import { hostOf, hostOfCode, run, trapText } from './testing/run-text.js';

function globalValue(host: ReturnType<typeof hostOf>, index: number | string): unknown {
  return (host.instance.exports[`__persistent_mutable_global_${index}`] as WebAssembly.Global).value;
}

describe('metering of an instrumented module', () => {
  it('tests the counter at function entry', () => {
    const host = hostOfCode('call $f', '(memory 1) (func $f nop)');
    host.counter.value = 6n;
    expect(() => run(host)).toThrow('out of instructions');
    // The caller costs 1 + 5, the callee 1 + 1.
    expect(host.counter.value).toBe(-2n);
    host.counter.value = 8n;
    run(host);
    expect(host.counter.value).toBe(0n);
  });

  it('tests the counter at the start of a loop body, even if the body costs nothing', () => {
    const host = hostOfCode('loop end nop nop');
    host.counter.value = 0n;
    host.onOutOfInstructions = () => undefined;
    run(host);
    expect(host.outOfInstructionsCalls).toBe(2);
    expect(host.counter.value).toBe(-3n);
  });

  it('does not test the counter in other blocks', () => {
    const host = hostOfCode('i32.const 1 if nop nop nop end nop');
    host.counter.value = 4n;
    run(host);
    expect(host.outOfInstructionsCalls).toBe(0);
    expect(host.counter.value).toBe(-4n);
  });

  it('charges a block in full if it traps before its end', () => {
    const host = hostOfCode('nop unreachable nop nop');
    expect(trapText(() => run(host))).toBe('unreachable');
    expect(host.used).toBe(3n);
  });

  it('charges tail calls and reference instructions', () => {
    const host = hostOfCode(
      'ref.func $f ref.is_null drop table.size drop i32.const 0 table.get drop i32.const 0 return_call_indirect 0',
      '(type (func)) (table 2 funcref) (elem declare func $f) (func $f return_call $g) (func $g)',
    );
    expect(() => run(host)).toThrow();
    expect(host.used).toBe(1n + 130n + 5n + 1n + 100n + 1n + 1n + 5n + 1n + 1n + 60n);
  });

  it('adds PocketIC’s own instructions to the number that compilation charges for', () => {
    // One function with two instructions (nop, end) and ten injected at entry; 66 in helpers; three globals with two each.
    const { instructionCount } = hostOfCode('nop').module;
    expect(instructionCount).toBe(2 + 10 + 66 + 6);
  });
});

describe('the branch hint section', () => {
  it('marks the injected tests', () => {
    const text =
      '(module (memory 1) (func $a (param i32) loop i32.const 0 local.get 0 i32.store end) (func) (func i64.const 0 drop))';
    const uploaded = assemble(text);
    const { bytes, metadata } = instrument(uploaded, sha256Hex(uploaded));
    const section = WebAssembly.Module.customSections(
      compile({ bytes, metadata }, uploaded).module,
      BRANCH_HINT_SECTION,
    )[0]!;
    const hints = new ByteReader(new Uint8Array(section));
    const bodies = decodeModule(bytes).bodies;
    const perFunction = [];
    for (let functions = hints.u32(); functions > 0; functions--) {
      const [start] = bodies[hints.u32() - metadata.functionIndexShift]!;
      const count = hints.u32();
      perFunction.push(count);
      for (let hint = 0; hint < count; hint++) {
        const at = start + hints.u32();
        expect([...bytes.subarray(at, at + 2)]).toEqual([0x04, 0x40]);
        expect([hints.byte(), hints.byte()]).toEqual([1, 0]);
      }
    }
    expect(hints.done).toBe(true);
    // The first function has tests at its entry, at the loop, and two at the store. The others have one at the entry.
    expect(perFunction).toEqual([4, 1, 1]);
  });
});

describe('an indirect call', () => {
  const fields =
    '(type $v (func)) (type $w (func (param i32))) (table 3 funcref) (elem (i32.const 1) $w) (func $w (type $w))';

  it.each([
    [0, 'null function or function signature mismatch'],
    [1, 'null function or function signature mismatch'],
    [9, 'table index is out of bounds'],
  ])('stores the table index %i before it traps with "%s"', (index, text) => {
    for (const call of ['call_indirect', 'return_call_indirect']) {
      const host = hostOfCode(`i32.const ${index} ${call} (type $v)`, fields);
      expect(trapText(() => run(host))).toBe(text);
      expect((host.instance.exports[LAST_INDIRECT_EXPORT] as WebAssembly.Global).value).toBe(index);
    }
  });

  it('can be diagnosed with the exported table, which shows null entries', () => {
    const table = hostOf(fields).instance.exports[TABLE_EXPORT] as WebAssembly.Table;
    expect(table.get(0)).toBeNull();
    expect(table.get(1)).toBeTypeOf('function');
  });
});

describe('the functions of an instrumented module', () => {
  it('keep their identity in every kind of element segment', () => {
    const host = hostOf(
      `(import "ic0" "msg_reply" (func $reply)) (type $r (func (result i32)))
       (table 6 funcref) (memory 1)
       (func $a (result i32) i32.const 10) (func $b (result i32) i32.const 20)
       (elem (i32.const 0) $a $b)
       (elem (table 0) (i32.const 2) funcref (ref.func $b) (ref.null func) (ref.func $reply))
       (elem funcref (ref.func $a)) (elem declare func $a)
       (global $g (mut i32) (i32.const 0))
       (func (export "canister_update m")
         i32.const 1 call_indirect (type $r) i32.const 2 call_indirect (type $r) i32.add global.set $g
         i32.const 4 call_indirect)`,
      {
        msg_reply: () => {
          replies++;
        },
      },
    );
    let replies = 0;
    run(host);
    expect(globalValue(host, 0)).toBe(40);
    expect(replies).toBe(1);
    expect((host.instance.exports[TABLE_EXPORT] as WebAssembly.Table).get(3)).toBeNull();
  });

  it('include the start function as an export, which does not run on instantiation', () => {
    const host = hostOf('(global (mut i32) (i32.const 0)) (start $s) (func $s i32.const 5 global.set 0)');
    expect(globalValue(host, 0)).toBe(0);
    expect(host.module.systemEntryPoints).toEqual(new Set(['canister_start']));
    host.run('canister_start');
    expect(globalValue(host, 0)).toBe(5);
  });

  it('are exported only if they are methods or entry points', () => {
    const { module, instance } = hostOf(
      `(memory (export "memory") 1) (func $f) (export "helper" (func $f)) (export "engine table" (func $f))
       (export "canister_init" (func $f)) (export "canister_query a b" (func $f)) (export "canister_composite_query c" (func $f))`,
    );
    expect(module.methods).toEqual([
      { kind: 'query', name: 'a b', exportName: 'canister_query a b' },
      { kind: 'composite_query', name: 'c', exportName: 'canister_composite_query c' },
    ]);
    expect(module.systemEntryPoints).toEqual(new Set(['canister_init']));
    expect(Object.keys(instance.exports)).not.toContain('helper');
    expect(Object.keys(instance.exports)).not.toContain('memory');
  });

  it('map back to the original names in the stack of a trap', () => {
    const text =
      '(module (memory 1) (func $inner unreachable) (func $outer (export "canister_update m") call $inner))';
    const module = instrumentModule(assemble(text, true));
    const host = new MiniHost(module);
    let stack = '';
    // The test runner replaces the stack format.
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = (_error, frames) => frames.map(String).join('\n');
    try {
      run(host);
    } catch (error) {
      stack = (error as Error).stack ?? '';
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    const names = [...stack.matchAll(/wasm-function\[(\d+)\]/g)].map((match) =>
      module.functionNames?.get(Number(match[1]) - module.functionIndexShift),
    );
    expect(names).toEqual(['inner', 'outer']);
    expect(module.functionCount).toBe(2);
  });

  it('require a fresh instance if they drop segments', () => {
    expect(hostOfCode('nop').module.needsFreshInstance).toBe(false);
    expect(hostOfCode('data.drop 0', '(memory 1) (data "x")').module.needsFreshInstance).toBe(true);
    expect(hostOfCode('elem.drop 0', '(elem func 0)').module.needsFreshInstance).toBe(true);
  });
});

describe('the globals of an instrumented module', () => {
  it('are exported under unique names if they are mutable', () => {
    const { module } = hostOf(
      `(global (export "shown") (mut i64) (i64.const 1)) (global i32 (i32.const 2)) (global (mut f32) (f32.const 3))
       (global (mut f64) (f64.const 4))`,
    );
    expect(module.globals).toEqual([
      { exportName: '__persistent_mutable_global_0', type: 'i64', index: 0 },
      { exportName: '__persistent_mutable_global_2', type: 'f32', index: 2 },
      { exportName: '__persistent_mutable_global_3', type: 'f64', index: 3 },
    ]);
  });

  it('are two i64 halves for a v128 global', () => {
    const host = hostOfCode(
      'i32.const 0 global.get 0 v128.store v128.const i64x2 -5 6 global.set 0 i32.const 16 global.get 0 v128.store',
      '(memory 1) (global (mut v128) (v128.const i64x2 -1 0x7fffffffffffffff)) (global v128 (v128.const i64x2 1 1))',
    );
    expect(globalValue(host, 0)).toBe(-1n);
    expect(globalValue(host, '0_high')).toBe(0x7fff_ffff_ffff_ffffn);
    run(host);
    const words = new BigInt64Array(host.heap().slice(0, 32).buffer);
    expect([...words]).toEqual([-1n, 0x7fff_ffff_ffff_ffffn, -5n, 6n]);
    expect([globalValue(host, 0), globalValue(host, '0_high')]).toEqual([-5n, 6n]);
  });
});

describe('the canonicalization of NaNs', () => {
  const F32 = '0x7fa12345';
  const F64 = '0x7ff4123456789abc';
  const unary = ['ceil', 'floor', 'trunc', 'nearest', 'sqrt'];
  const binary = ['add', 'sub', 'mul', 'div', 'min', 'max'];
  const bits32 = (code: string): number => {
    const host = hostOfCode(`i32.const 0 ${code} f32.store`);
    run(host);
    return Buffer.from(host.heap().subarray(0, 4)).readUInt32LE();
  };
  const bits64 = (code: string): bigint => {
    const host = hostOfCode(`i32.const 0 ${code} f64.store`);
    run(host);
    return Buffer.from(host.heap().subarray(0, 8)).readBigUInt64LE();
  };
  const nan32 = `i32.const ${F32} f32.reinterpret_i32`;
  const nan64 = `i64.const ${F64} f64.reinterpret_i64`;

  it.each([...unary, ...binary])('makes the NaN result of scalar %s canonical', (op) => {
    const second = (constant: string): string => (binary.includes(op) ? constant : '');
    expect(bits32(`${nan32} ${second('f32.const 1')} f32.${op}`)).toBe(0x7fc0_0000);
    expect(bits64(`${nan64} ${second('f64.const 1')} f64.${op}`)).toBe(0x7ff8_0000_0000_0000n);
  });

  it('makes the NaN results of scalar promotion and demotion canonical', () => {
    expect(bits64(`${nan32} f64.promote_f32`)).toBe(0x7ff8_0000_0000_0000n);
    expect(bits32(`${nan64} f32.demote_f64`)).toBe(0x7fc0_0000);
  });

  it('makes the NaN result of an invalid operation canonical, which is negative in V8 on x64', () => {
    expect(bits64('f64.const inf f64.const inf f64.sub')).toBe(0x7ff8_0000_0000_0000n);
    expect(bits32('f32.const -1 f32.sqrt')).toBe(0x7fc0_0000);
  });

  it('keeps the bits of NaNs in instructions that are not arithmetic', () => {
    expect(bits32(`${nan32} f32.neg`)).toBe(0xffa1_2345);
    expect(bits64(`${nan64} f64.abs`)).toBe(BigInt(F64));
  });

  const lanes = (code: string): bigint[] => {
    const host = hostOfCode(`i32.const 0 ${code} v128.store`);
    run(host);
    return [...new BigUint64Array(host.heap().slice(0, 16).buffer)];
  };
  const v32 = `v128.const i32x4 ${F32} 0x3f800000 ${F32} 0x40000000`;
  const v64 = `v128.const i64x2 ${F64} 0x3ff0000000000000`;

  it.each([...unary, ...binary])(
    'makes the NaN lanes of vector %s canonical and keeps the other lanes',
    (op) => {
      const second32 = binary.includes(op) ? 'v128.const f32x4 1 1 1 1' : '';
      const second64 = binary.includes(op) ? 'v128.const f64x2 1 1' : '';
      const [low, high] = lanes(`${v32} ${second32} f32x4.${op}`);
      expect(low! & 0xffff_ffffn).toBe(0x7fc0_0000n);
      expect(high! & 0xffff_ffffn).toBe(0x7fc0_0000n);
      const numbers = new Float32Array(new BigUint64Array([low!, high!]).buffer);
      expect(numbers[1]).not.toBeNaN();
      expect(numbers[3]).not.toBeNaN();
      const [first, second] = lanes(`${v64} ${second64} f64x2.${op}`);
      expect(first).toBe(0x7ff8_0000_0000_0000n);
      expect(new Float64Array(new BigUint64Array([second!]).buffer)[0]).not.toBeNaN();
    },
  );

  it('makes the NaN lanes of vector promotion and demotion canonical', () => {
    expect(lanes(`${v64} f32x4.demote_f64x2_zero`)).toEqual([0x3f80_0000_7fc0_0000n, 0n]);
    expect(lanes(`${v32} f64x2.promote_low_f32x4`)).toEqual([0x7ff8_0000_0000_0000n, 0x3ff0_0000_0000_0000n]);
  });
});

describe('a function with as many locals as the runtime allows', () => {
  /** Stores of all types, a rounded NaN, and a sum of locals, with so many locals that there is room for no temporary. */
  const code = (locals: number): string => `
    ${'(local i32) '.repeat(2)} (local i64) ${'(local i32) '.repeat(locals - 3)}
    (local.set 0 (i32.const 5000)) (local.set 2 (i64.const 7))
    (i64.store offset=8 (local.get 0) (i64.add (local.get 2) (i64.const 1)))
    (v128.store (i32.const 4090) (v128.const i32x4 1 2 3 4))
    (f32.store (i32.const 0) (f32.div (f32.const 0) (f32.const 0)))
    (v128.store8_lane 3 (i32.const 20) (v128.const i32x4 0x09000000 0 0 0))
    (call_indirect (i32.const 0))`;
  const fields = '(memory 2) (table 1 funcref) (elem (i32.const 0) 1)';
  const hostWith = (locals: number) =>
    hostOf(
      `${fields} (func (export "canister_update m") ${code(locals)}) (func (i32.store8 (i32.const 30) (i32.const 6)))`,
    );

  it('works like one with few locals', () => {
    const [few, many] = [hostWith(10), hostWith(50_000)];
    run(few);
    run(many);
    expect(many.used).toBe(few.used);
    expect(many.markedPages()).toEqual([0, 1]);
    expect(Buffer.from(many.heap().slice(0, 8192))).toEqual(Buffer.from(few.heap().slice(0, 8192)));
    expect(many.heap()[5008]).toBe(8);
  });
});
