/** Verdicts and texts of the network's libraries. Each text without a comment is one of the recorded answers of trace 10. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PREAMBLE, SECTION } from './binary-format.js';
import { CodeWriter } from './code-writer.js';
import { InvalidWasmError } from './instrumented-module.js';
import { assemble } from './testing/assemble.js';
import { demangle, unpackGzip, validateAsWasm } from './validator.js';

function refusal(action: () => unknown): InvalidWasmError {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidWasmError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A module of one function, with custom sections before and after its code. */
function withCustoms(before: readonly Custom[], after: readonly Custom[]): Uint8Array {
  const out = new CodeWriter().raw(...PREAMBLE);
  out.raw(SECTION.type, 4, 1, 0x60, 0, 0).raw(SECTION.function, 2, 1, 0);
  for (const custom of before) writeCustom(out, custom);
  out.raw(SECTION.code, 4, 1, 2, 0, 0x0b);
  for (const custom of after) writeCustom(out, custom);
  return out.toBytes();
}

type Custom = readonly [name: string, content: readonly number[]];

function writeCustom(out: CodeWriter, [name, content]: Custom): void {
  out.byte(SECTION.custom).sized(() => out.name(name).raw(...content));
}

/** The names of functions, as a subsection of the section `name`: one name "f" for a function. */
const namesOf = (index: number): number[] => [1, 4, 1, index, 1, 0x66];

const INVALID = 'Wasmtime failed to validate wasm module wasmtime::Module::validate() failed with ';

describe('validateAsWasm', () => {
  it.each([
    ['(func (result i32) i64.const 1)', 'type mismatch: expected i32, found i64 (at offset 0x1a)'],
    ['(memory 1 1 shared)', 'threads must be enabled for shared memories (at offset 0xb)'],
    ['(memory 1) (memory 1)', 'multiple memories (at offset 0xa)'],
    ['(tag)', 'exceptions proposal not enabled (at offset 0x10)'],
    [
      '(global i32 (i32.add (i32.const 1) (i32.const 2)))',
      'constant expression required: non-constant operator: i32.add (at offset 0x11)',
    ],
  ])('refuses %s with the text of the library', (fields, text) => {
    expect(refusal(() => validateAsWasm(assemble(`(module ${fields})`))).message).toBe(INVALID + text);
  });

  it('accepts 64-bit memories and tail calls', () => {
    expect(() => {
      validateAsWasm(assemble('(module (memory i64 1) (func return_call 0))'));
    }).not.toThrow();
  });

  it('reports sections that do not follow one another before anything else', () => {
    const twice = Uint8Array.from([...PREAMBLE, SECTION.type, 1, 0, SECTION.type, 1, 0]);
    expect(refusal(() => validateAsWasm(twice)).message).toBe(
      'Failed to decode wasm module: Error finding code section: section out of order (at offset 0xd)',
    );
  });

  it('refuses a component by its version', () => {
    const component = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
    expect(refusal(() => validateAsWasm(component)).message).toContain('encoded as a component');
  });
});

describe('the sections for tools', () => {
  it('may name each function of the module', () => {
    expect(() => {
      validateAsWasm(withCustoms([], [['name', namesOf(0)]]));
    }).not.toThrow();
  });

  it('are refused with a text if the names of functions are damaged', () => {
    const { kind, message } = refusal(() =>
      validateAsWasm(withCustoms([], [['name', [1, 4, 1, 0, 9, 0x66]]])),
    );
    expect(kind).toBe('invalid');
    expect(message).toMatch(/^Failed to decode wasm module: Error from wasmparser: unexpected end-of-file/);
  });

  it.each([
    ['a name for a function that is not there', [], [['name', namesOf(1)]]],
    ['a name for a function whose code follows', [['name', namesOf(0)]], []],
    ['a damaged name of a global', [], [['name', [7, 4, 1, 0, 9, 0x66]]]],
    ['producers without a field', [], [['producers', [0]]]],
  ] as const)('end the compiler of the network: %s', (_what, before, after) => {
    const { kind, message } = refusal(() => validateAsWasm(withCustoms(before, after)));
    expect([kind, message]).toEqual([
      'engine',
      'WasmEngineError: Compiler RPC error. Possibly compiler died',
    ]);
  });
});

describe('demangle', () => {
  it.each([
    ['_ZN4core9panicking5panic17h0123456789abcdefE', 'core::panicking::panic'],
    ['_ZN3foo28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE', 'foo::{{closure}}'],
    [
      '_ZN41_$LT$a..B$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE',
      '<a::B as core::fmt::Debug>::fmt',
    ],
    ['_RNvCs6oclWC1_7___rustc17rust_begin_unwind', '__rustc::rust_begin_unwind'],
    ['_RINvNtC7mycrate3mod3fooNtNtC5alloc6string6StringE', 'mycrate::mod::foo::<alloc::string::String>'],
    ['_ZN3foo3barEi', '_ZN3foo3barEi'],
    ['_RNvCs', '_RNvCs'],
    ['canister_update put', 'canister_update put'],
    ['_ZN4core', '_ZN4core'],
    ['', ''],
  ])('converts %s to %s', (mangled, plain) => {
    expect(demangle(mangled)).toBe(plain);
  });
});

describe('unpackGzip', () => {
  const packed = gzipSync(Buffer.from('a module'));

  it('returns the content of the first member', () => {
    expect(Buffer.from(unpackGzip(Buffer.concat([packed, packed]), 100)).toString()).toBe('a module');
  });

  it('returns no more than the limit', () => {
    expect(Buffer.from(unpackGzip(packed, 3)).toString()).toBe('a m');
  });

  it('refuses a wrong check sum with the text of the library, which shows no numbers', () => {
    const damaged = Buffer.from(packed);
    damaged.writeUInt32LE(0, damaged.length - 8);
    expect(refusal(() => unpackGzip(damaged, 100)).message).toBe(
      'Failed to decode wasm module: failed to decode compressed Wasm module: CRC32 mismatched: value={}, expected={}',
    );
  });
});
