/** Generates small random programs, which can be printed as WebAssembly text and run on the reference interpreter. */
import fc from 'fast-check';
import type { Instruction, Program, ReferenceFunction, ValueType } from './reference-interpreter.js';

const TYPES: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64'];
/** Locals of each function after its parameters: two of each type and two loop counters. */
const LOCALS: readonly ValueType[] = [...TYPES, ...TYPES, 'i32', 'i32'];
const LOOP_COUNTERS = [8, 9];

const UNARY: Readonly<Record<ValueType, readonly (readonly [op: string, from: ValueType])[]>> = {
  i32: [
    ['i32.eqz', 'i32'],
    ['i32.clz', 'i32'],
    ['i32.popcnt', 'i32'],
    ['i32.extend8_s', 'i32'],
    ['i32.wrap_i64', 'i64'],
    ['i64.eqz', 'i64'],
    ['i32.reinterpret_f32', 'f32'],
    ['i32.trunc_f64_s', 'f64'],
    ['i32.trunc_sat_f64_u', 'f64'],
  ],
  i64: [
    ['i64.extend_i32_u', 'i32'],
    ['i64.popcnt', 'i64'],
    ['i64.extend8_s', 'i64'],
    ['i64.reinterpret_f64', 'f64'],
  ],
  f32: [
    ...['ceil', 'floor', 'trunc', 'nearest', 'sqrt', 'neg', 'abs'].map((op) => [`f32.${op}`, 'f32'] as const),
    ['f32.demote_f64', 'f64'],
    ['f32.reinterpret_i32', 'i32'],
  ],
  f64: [
    ...['ceil', 'floor', 'trunc', 'nearest', 'sqrt', 'neg', 'abs'].map((op) => [`f64.${op}`, 'f64'] as const),
    ['f64.promote_f32', 'f32'],
    ['f64.reinterpret_i64', 'i64'],
    ['f64.convert_i32_u', 'i32'],
    ['f64.convert_i32_s', 'i32'],
    ['f64.convert_i64_u', 'i64'],
  ],
};
const INTEGER_BINARY = 'add sub mul and or xor shl shr_s shr_u div_s div_u rem_s rem_u'.split(' ');
const FLOAT_BINARY = 'add sub mul div min max copysign'.split(' ');
const LOADS: Readonly<Record<ValueType, readonly string[]>> = {
  i32: ['load', 'load8_s', 'load8_u', 'load16_s', 'load16_u'],
  i64: ['load', 'load8_s', 'load16_u', 'load32_s', 'load32_u'],
  f32: ['load'],
  f64: ['load'],
};
const STORES: Readonly<Record<ValueType, readonly string[]>> = {
  i32: ['store', 'store8', 'store16'],
  i64: ['store', 'store8', 'store16', 'store32'],
  f32: ['store'],
  f64: ['store'],
};
/** Bits of zeros, small numbers, infinities, and NaNs with payloads. */
const F32_BITS = [
  0, 0x8000_0000, 0x3f80_0000, 0x7f80_0000, 0x7fc0_0000, 0xffc1_2345, 0x7f80_0001, 0x4f00_0000, 0x3f00_0000,
];
const F64_BITS = [
  0n,
  1n << 63n,
  0x3ff8n << 48n,
  0x7ff0n << 48n,
  0xfff8_0000_0000_1234n,
  0x7ff0_0000_0000_0001n,
  0x41e0n << 48n,
];
const I32S = [0, 1, -1, 4095, 4096, 65_535, -2_147_483_648, 2_147_483_647];
const I64S = [0n, 1n, -1n, 1n << 40n, -(1n << 63n), 0x7fff_ffff_ffff_ffffn];
const OFFSETS = [0, 0, 0, 1, 4_092, 4_093, 4_095, 4_096, 65_530, 0xffef_fffc, 0xfff0_0000, 0xffff_fffc];

const WIDE_OFFSETS = [...OFFSETS, 0xffff_ffff, 2 ** 32, 2n ** 63n, 2n ** 64n - 1n];
/** Addresses above 32 bits or near 2^32. Some would be in bounds if truncated to 32 bits. */
const WIDE_ADDRESSES = [
  2n ** 32n,
  2n ** 32n + 5n,
  -1n,
  -4096n,
  1n << 63n,
  0x7fff_ffff_ffff_ff00n,
  0xffff_fff8n,
];

type Draw = fc.GeneratorValue;

/** Appends instructions to `code`. Every expression leaves one value of its type on the stack. */
class Builder {
  readonly code: Instruction[] = [];

  readonly #draw: Draw;
  readonly #canCall: boolean;
  readonly #firstLocal: number;
  readonly #isWasm64: boolean;

  constructor(draw: Draw, canCall: boolean, firstLocal: number, isWasm64: boolean) {
    this.#draw = draw;
    this.#canCall = canCall;
    this.#firstLocal = firstLocal;
    this.#isWasm64 = isWasm64;
  }

  get #addressType(): ValueType {
    return this.#isWasm64 ? 'i64' : 'i32';
  }

  emit(op: string, immediate?: number | bigint): void {
    this.code.push(immediate === undefined ? { op } : { op, immediate });
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#draw(fc.nat, values.length - 1)]!;
  }

  #local(type: ValueType): number {
    return this.#firstLocal + TYPES.indexOf(type) + 4 * this.#draw(fc.nat, 1);
  }

  constant(type: ValueType): void {
    if (type === 'i32') this.emit('i32.const', this.#pick(I32S));
    else if (type === 'i64') this.emit('i64.const', this.#pick(I64S));
    else if (type === 'f32') this.emit('f32.const', this.#pick(F32_BITS));
    else this.emit('f64.const', this.#pick(F64_BITS));
  }

  expression(type: ValueType, depth: number): void {
    const choice = depth === 0 ? this.#draw(fc.nat, 1) : this.#draw(fc.nat, 7);
    if (choice === 0) this.constant(type);
    else if (choice === 1) this.emit('local.get', this.#local(type));
    else if (choice === 2) {
      const [op, from] = this.#pick(UNARY[type]);
      this.expression(from, depth - 1);
      this.emit(op);
    } else if (choice === 3) {
      this.#address();
      this.emit(`${type}.${this.#pick(LOADS[type])}`, this.#pick(OFFSETS.slice(0, 8)));
    } else if (choice === 4 && type === 'i32') this.#integerOnly(depth);
    else if (choice === 5) {
      this.expression(type, depth - 1);
      this.expression(type, depth - 1);
      this.expression('i32', depth - 1);
      this.emit('select');
    } else this.#binary(type, depth);
  }

  #binary(type: ValueType, depth: number): void {
    this.expression(type, depth - 1);
    this.expression(type, depth - 1);
    const isFloat = type === 'f32' || type === 'f64';
    this.emit(`${type}.${this.#pick(isFloat ? FLOAT_BINARY : INTEGER_BINARY)}`);
  }

  #integerOnly(depth: number): void {
    const choice = this.#draw(fc.nat, 3);
    if (choice === 0) {
      this.emit('memory.size');
      if (this.#isWasm64) this.emit('i32.wrap_i64');
    } else if (choice === 1 && this.#canCall) {
      this.expression('i32', depth - 1);
      this.emit('call', 1);
    } else {
      const type = this.#pick(TYPES);
      this.expression(type, depth - 1);
      this.expression(type, depth - 1);
      this.emit(type === 'i32' || type === 'i64' ? `${type}.lt_u` : `${type}.lt`);
    }
  }

  /** Emits a constant of the address type. */
  addressConstant(value: number | bigint): void {
    this.emit(`${this.#addressType}.const`, this.#isWasm64 ? BigInt(value) : value);
  }

  /** Emits an address, mostly in the first wasm page and often near the end of a 4 KiB page. */
  #address(): void {
    if (this.#draw(fc.nat, 19) === 0) {
      this.expression(this.#addressType, 1);
      return;
    }
    if (this.#isWasm64 && this.#draw(fc.nat, 59) === 0) this.addressConstant(this.#pick(WIDE_ADDRESSES));
    else if (this.#draw(fc.nat, 1) === 0) this.addressConstant(this.#draw(fc.nat, 60_000));
    else this.addressConstant(4_096 * this.#draw(fc.nat, 14) + 4_080 + this.#draw(fc.nat, 16));
  }

  statements(depth: number, loops: number): void {
    const count = 1 + this.#draw(fc.nat, 3);
    for (let i = 0; i < count; i++) this.#statement(depth, loops);
  }

  #statement(depth: number, loops: number): void {
    const choice = depth === 0 ? this.#draw(fc.nat, 4) : this.#draw(fc.nat, 7);
    if (choice <= 1) {
      const type = this.#pick(TYPES);
      this.#address();
      this.expression(type, 2);
      this.emit(`${type}.${this.#pick(STORES[type])}`, this.#pick(this.#isWasm64 ? WIDE_OFFSETS : OFFSETS));
    } else if (choice <= 3) {
      const type = this.#pick(TYPES);
      this.expression(type, 3);
      this.emit('local.set', this.#local(type));
    } else if (choice === 4) this.#bulk();
    else if (choice === 5) this.#branch(depth, loops);
    else if (choice === 6 && loops < 2) this.#loop(depth, loops);
    else this.#earlyExit(depth, loops);
  }

  #bulk(): void {
    const choice = this.#draw(fc.nat, 5);
    if (choice === 0) {
      this.addressConstant(this.#isWasm64 && this.#draw(fc.nat, 4) === 0 ? 2n ** 32n : this.#draw(fc.nat, 2));
      this.emit('memory.grow');
      this.emit('drop');
      return;
    }
    this.#address();
    if (choice <= 3) this.emit('i32.const', this.#draw(fc.nat, 255));
    else this.#address();
    this.addressConstant(
      this.#pick(this.#isWasm64 ? [0, 1, 5, 4_096, 9_000, 2 ** 30] : [0, 1, 5, 4_096, 9_000]),
    );
    this.emit(choice <= 3 ? 'memory.fill' : 'memory.copy');
  }

  #branch(depth: number, loops: number): void {
    this.expression('i32', 1);
    this.emit('if');
    this.statements(depth - 1, loops);
    if (this.#draw(fc.nat, 1) === 1) {
      this.emit('else');
      if (this.#draw(fc.nat, 5) === 0) this.emit('unreachable');
      else this.statements(depth - 1, loops);
    }
    this.emit('end');
  }

  #loop(depth: number, loops: number): void {
    const counter = this.#firstLocal + LOOP_COUNTERS[loops]!;
    this.emit('i32.const', 1 + this.#draw(fc.nat, 3));
    this.emit('local.set', counter);
    this.emit('loop');
    this.statements(depth - 1, loops + 1);
    this.emit('local.get', counter);
    this.emit('i32.const', 1);
    this.emit('i32.sub');
    this.emit('local.tee', counter);
    this.emit('br_if', 0);
    this.emit('end');
  }

  /** Emits a block with a branch to its end, which is sometimes followed by unreachable code. */
  #earlyExit(depth: number, loops: number): void {
    this.emit('block');
    this.statements(depth - 1, loops);
    if (this.#draw(fc.nat, 1) === 0) {
      this.expression('i32', 1);
      this.emit('br_if', 0);
    } else this.emit('br', 0);
    this.statements(depth - 1, loops);
    this.emit('end');
  }
}

function buildMain(draw: Draw, isWasm64: boolean): ReferenceFunction {
  const builder = new Builder(draw, true, 0, isWasm64);
  builder.statements(3, 0);
  // Store the final values of the locals, so that a comparison of memories includes them.
  LOCALS.forEach((type, index) => {
    builder.addressConstant(256 + 8 * index);
    builder.emit('local.get', index);
    builder.emit(`${type}.store`, 0);
  });
  builder.emit('end');
  return { paramCount: 0, locals: LOCALS, hasResult: false, code: builder.code };
}

function buildCallee(draw: Draw, isWasm64: boolean): ReferenceFunction {
  const builder = new Builder(draw, false, 1, isWasm64);
  builder.statements(1, 0);
  builder.emit('local.get', 0);
  builder.expression('i32', 1);
  builder.emit('i32.xor');
  builder.emit('end');
  return { paramCount: 1, locals: LOCALS, hasResult: true, code: builder.code };
}

/** Programs of two functions: an exported main function and a function that it calls. */
export function programs(isWasm64: boolean): fc.Arbitrary<Program> {
  return fc.gen().map((draw) => ({
    isWasm64,
    functions: [buildMain(draw, isWasm64), buildCallee(draw, isWasm64)],
    pages: 1 + draw(fc.nat, 1),
    maximumPages: 3,
  }));
}

export function programToText({ isWasm64, functions, pages, maximumPages }: Program): string {
  const bodies = functions.map(({ paramCount, locals, hasResult, code }, index) => {
    const params = '(param i32)'.repeat(paramCount);
    const exported = index === 0 ? '(export "canister_update main")' : '';
    const text = code.slice(0, -1).map(instructionToText).join(' ');
    return `(func ${exported} ${params} ${hasResult ? '(result i32)' : ''} (local ${locals.join(' ')}) ${text})`;
  });
  return `(module (memory (export "memory") ${isWasm64 ? 'i64' : ''} ${pages} ${maximumPages}) ${bodies.join('\n')})`;
}

function instructionToText({ op, immediate }: Instruction): string {
  if (immediate === undefined) return op;
  if (/load|store/.test(op)) return `${op} offset=${immediate}`;
  if (op === 'f32.const') return `i32.const ${immediate} f32.reinterpret_i32`;
  if (op === 'f64.const') return `i64.const ${immediate} f64.reinterpret_i64`;
  return `${op} ${immediate}`;
}
