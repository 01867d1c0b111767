/** Modules that the IC refuses, with the IC's error texts. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InvalidWasmError } from './instrumented-module.js';
import { SECTION } from './binary-format.js';
import { CodeWriter } from './code-writer.js';
import { instrumentModule } from './instrument-module.js';
import { assemble } from './testing/assemble.js';

function refusal(bytes: Uint8Array): InvalidWasmError {
  try {
    instrumentModule(bytes);
  } catch (error) {
    if (error instanceof InvalidWasmError) return error;
    throw error;
  }
  throw new Error('the module was accepted');
}

function refusalOf(fields: string): string {
  return refusal(assemble(`(module ${fields})`)).message;
}

function methods(count: number, name: (index: number) => string): string {
  return `(func $f) ${Array.from({ length: count }, (_, i) => `(export "canister_query ${name(i)}" (func $f))`).join('')}`;
}

/** A module with custom sections only. Each section holds `bytes` zeros. */
function withCustomSections(...sections: readonly (readonly [name: string, bytes: number])[]): Uint8Array {
  const out = new CodeWriter().append(assemble('(module)'));
  for (const [name, bytes] of sections) {
    out.byte(SECTION.custom).sized(() => out.name(name).append(new Uint8Array(bytes)));
  }
  return out.toBytes();
}

describe('bytes that are not a module', () => {
  it('are refused with PocketIC’s texts', () => {
    expect(refusal(Buffer.from('not wasm')).message).toBe(
      'Failed to decode wasm module: unsupported canister module format',
    );
    expect(refusal(Uint8Array.of(0x1f, 0x8b, 0x08)).message).toBe(
      'Failed to decode wasm module: invalid Wasm module: gzip stream is too short',
    );
  });

  it('are refused if a gzip stream does not have the size in its footer', () => {
    const packed = gzipSync(assemble('(module)'));
    expect(instrumentModule(packed).originalSize).toBe(8);
    const claiming = (length: number) => {
      const damaged = Buffer.from(packed);
      damaged.writeUInt32LE(length, damaged.length - 4);
      return damaged;
    };
    expect(refusal(claiming(9)).message).toContain('Failed to decode wasm module: ');
    expect(refusal(claiming(200 * 1_048_576)).message).toBe(
      'Wasm module size of 209715200 exceeds the maximum allowed size of 104857600.',
    );
  });

  it('are refused with an InvalidWasmError wherever a module is truncated', () => {
    const whole = assemble(
      '(module (import "ic0" "time" (func (result i64))) (memory 1) (table 2 funcref) (elem (i32.const 0) 1) (data (i32.const 0) "x") (func (export "canister_query q") loop i32.const 1 br_if 0 end))',
    );
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      try {
        instrumentModule(cut);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidWasmError);
      }
    }
    expect(refusal(whole.slice(0, -3)).message).toBe(
      'Wasmtime failed to validate wasm module wasmtime::Module::validate() failed with unexpected end-of-file (at offset 0x5d)',
    );
    expect(refusal(whole.slice(0, 12)).message).toBe(
      'Failed to decode wasm module: Error finding code section: unexpected end-of-file (at offset 0xa)',
    );
  });
});

describe('an unsupported feature', () => {
  const engine = /^Wasmtime failed to validate wasm module wasmtime::Module::validate\(\) failed with /;
  it.each([
    ['type errors', '(func (result i32) i64.const 1)'],
    ['threads', '(memory 1 1 shared)'],
    ['atomics', '(memory 1) (func i32.const 0 i32.atomic.load drop)'],
    ['exceptions', '(tag) (func throw 0)'],
    ['relaxed SIMD', '(func v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.relaxed_swizzle drop)'],
    ['several memories', '(memory 1) (memory 1)'],
    ['extended constants', '(global i32 (i32.add (i32.const 1) (i32.const 2)))'],
  ])('is refused: %s', (_name, fields) => {
    // wabt only assembles the text and does not validate it.
    expect(refusalOf(fields)).toMatch(engine);
  });

  it.each(['table.grow', 'table.set', 'table.fill', 'table.copy', 'table.init'])(
    'is refused with its name: %s',
    (op) => {
      const operands = {
        'table.grow': 'ref.null func i32.const 1 table.grow 0 drop',
        'table.set': 'i32.const 0 ref.null func table.set 0',
        'table.fill': 'i32.const 0 ref.null func i32.const 0 table.fill 0',
        'table.copy': 'i32.const 0 i32.const 0 i32.const 0 table.copy',
        'table.init': 'i32.const 0 i32.const 0 i32.const 0 table.init 0',
      }[op]!;
      expect(refusalOf(`(table 1 funcref) (elem func) (func) (func ${operands})`)).toBe(
        `Wasm module contains a function at index 1 with unsupported instruction ${op}.`,
      );
    },
  );
});

describe('the import rules', () => {
  it.each([
    [
      '(import "ic0" "nothing" (func))',
      "Wasm module has an invalid import section. Module imports function 'nothing' from 'ic0' that is not exported by the runtime.",
    ],
    [
      '(import "env" "time" (func (result i64)))',
      'Wasm module has an invalid import section. Module imports function "time" from "env", expected to be imported from one of ["ic0"] instead.',
    ],
    [
      '(import "ic0" "time" (func (param i32) (result i64)))',
      "Wasm module has an invalid function signature. Expected input params [] for 'time', got [I32].",
    ],
    [
      '(import "ic0" "stable64_grow" (func (param i64) (result i32)))',
      "Wasm module has an invalid function signature. Expected return type [I64] for 'stable64_grow', got [I32].",
    ],
    [
      '(import "x" "g" (global i32))',
      'Wasm module has an invalid import section. Importing globals is not allowed.',
    ],
    [
      '(import "x" "memory" (memory 1))',
      'Wasm module has an invalid import section. Only memory imported from env.memory is allowed.',
    ],
    [
      '(import "x" "table" (table 1 funcref))',
      'Wasm module has an invalid import section. Only tables imported from env.table are allowed.',
    ],
    [
      '(import "env" "memory" (memory 1))',
      'Failed to instantiate module: unknown import: `env::memory` has not been defined',
    ],
  ])('refuse %s', (fields, text) => {
    expect(refusalOf(fields)).toBe(text);
  });
});

describe('the export rules', () => {
  it('refuse reserved names', () => {
    expect(refusalOf('(func (export "canister counter_instructions"))')).toBe(
      'Wasm module has an invalid export section. Exporting reserved symbol canister counter_instructions not allowed.',
    );
    expect(refusalOf('(func (export "canister_start"))')).toContain('reserved symbol canister_start');
    expect(refusalOf('(func (export "canister_foo"))')).toBe(
      'Wasm module has an invalid export section. Exporting reserved function \'canister_foo\' with "canister_" prefix',
    );
  });

  it('refuse a method with parameters or results', () => {
    expect(refusalOf('(func (export "canister_update x") (param i32))')).toBe(
      "Wasm module has an invalid function signature. Expected input params [] for 'canister_update x', got [I32].",
    );
    expect(refusalOf('(func (export "canister_init") (result i32) i32.const 1)')).toContain(
      'Expected return type []',
    );
  });

  it('refuse a method name that is used for two kinds, with advice', () => {
    const error = refusal(
      assemble(
        '(module (func $f) (export "canister_update x" (func $f)) (export "canister_query x" (func $f)))',
      ),
    );
    expect(error.message).toBe(
      "Duplicate function 'x' exported multiple times with different call types: update, query, or composite_query.",
    );
    expect(error.advice?.anchor).toBe('wasm-module-duplicate-exports');
  });

  it('allow at most 1000 methods and 20000 bytes of method names', () => {
    expect(instrumentModule(assemble(`(module ${methods(1_000, String)})`)).methods.length).toBe(1_000);
    expect(refusalOf(methods(1_001, String))).toContain('is 1001 which exceeds 1000.');
    const long = (index: number): string => `${index}`.padEnd(2_000, 'x');
    expect(instrumentModule(assemble(`(module ${methods(10, long)})`)).methods.length).toBe(10);
    expect(refusalOf(methods(11, long))).toContain('is 22000 which exceeds the allowed limit of 20000.');
  });
});

describe('the limits', () => {
  it('allow at most 1000 globals', () => {
    const globals = (count: number): string => '(global i32 (i32.const 0))'.repeat(count);
    expect(instrumentModule(assemble(`(module ${globals(1_000)})`)).globals).toEqual([]);
    expect(refusalOf(globals(1_001))).toBe(
      'Wasm module defined 1001 globals which exceeds the maximum number allowed 1000.',
    );
  });

  it('allow at most 50000 functions', () => {
    expect(refusalOf('(func)'.repeat(50_001))).toBe(
      'Wasm module defined 50001 functions which exceeds the maximum number allowed 50000.',
    );
  });

  it('allow at most a million instructions and a complexity of a million per function', () => {
    expect(refusalOf(`(func ${'nop '.repeat(1_000_000)})`)).toContain('with complexity');
    expect(refusalOf(`(func) (func ${'call 0 '.repeat(20_001)})`)).toBe(
      'Wasm module contains a function at index 1 with complexity 1000051 which exceeds the maximum complexity allowed 1000000.',
    );
  });

  it('require active data segments to lie in the initial memory', () => {
    expect(refusalOf('(memory 1) (data (i32.const 65530) "1234567")')).toBe(
      'Wasm module has invalid data segment of 7 bytes at 65530',
    );
    expect(
      instrumentModule(assemble('(module (memory 1) (data (i32.const 65530) "123456"))')).activeData.length,
    ).toBe(1);
  });

  it('allow only globals of number types', () => {
    expect(refusalOf('(global funcref (ref.null func))')).toBe(
      'Wasm module has an invalid global section. Unsupported global type: Ref(funcref)',
    );
  });
});

describe('the custom section rules', () => {
  it('keep icp: sections with name, visibility, and content', () => {
    const { customSections } = instrumentModule(
      withCustomSections(['icp:public a', 3], ['icp:private b c', 0], ['other', 9]),
    );
    expect(customSections).toEqual([
      { name: 'a', visibility: 'public', content: new Uint8Array(3) },
      { name: 'b c', visibility: 'private', content: new Uint8Array(0) },
    ]);
  });

  it.each([
    [
      [['icp:protected a', 0]],
      "Invalid custom section: Custom section 'icp:protected a' has no public/private scope defined.",
    ],
    [[['icp:public', 0]], "'icp:' section names must have a space after the public/private scope"],
    [
      [
        ['icp:public a', 0],
        ['icp:private a', 0],
      ],
      'Invalid custom section: name a already exists',
    ],
    [
      [['icp:public a', 1_048_576]],
      'Invalid custom sections: total size of the custom sections exceeds the maximum allowed: size 1048577 bytes, allowed 1048576 bytes',
    ],
  ] as const)('refuse the sections %j', (sections, text) => {
    expect(refusal(withCustomSections(...sections)).message).toBe(
      `Wasm module has an invalid custom section. ${text}`,
    );
  });

  it('allow at most 16 icp: sections', () => {
    const sections = Array.from({ length: 17 }, (_, index) => [`icp:public ${index}`, 0] as const);
    expect(refusal(withCustomSections(...sections)).message).toBe(
      'Wasm module defined 17 custom sections which exceeds the maximum number allowed 16.',
    );
  });
});
