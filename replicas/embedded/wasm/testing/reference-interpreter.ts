/**
 * A small interpreter of wasm programs with the rules of the Internet Computer: canonical NaNs, charges per basic block, and
 * dirty pages. It shares no code with the instrumentation, so that tests can compare the two.
 *
 * A float is represented by its bits, which preserves NaN payloads.
 */
import {
  BINARY_FLOAT,
  BINARY_INTEGER,
  COMPARES,
  ReferenceTrap,
  truncate,
  UNARY_FLOAT,
  UNARY_INTEGER,
} from './reference-operators.js';

export interface Instruction {
  readonly op: string;
  /** A constant, the index of a local, the offset of an access, or a relative depth, depending on `op`. */
  readonly immediate?: number | bigint;
}

export interface ReferenceFunction {
  readonly paramCount: number;
  readonly locals: readonly ValueType[];
  readonly hasResult: boolean;
  /** Instructions in the order of the binary. The last one is the function's `end`. */
  readonly code: readonly Instruction[];
}

export interface Program {
  /** True if addresses are i64. */
  readonly isWasm64: boolean;
  readonly functions: readonly ReferenceFunction[];
  /** Initial size of the memory in wasm pages. */
  readonly pages: number;
  readonly maximumPages: number;
}

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64';
type Value = number | bigint;

const PAGE = 65_536;
const F32_NAN = 0x7fc0_0000;
const F64_NAN = 0x7ff8_0000_0000_0000n;

/** Costs other than 1 of the instructions that `programs.ts` generates (PocketIC 10.0.0, `instruction_to_cost`). */
const COSTS: Readonly<Record<string, number>> = {
  block: 0,
  loop: 0,
  else: 0,
  end: 0,
  if: 2,
  // `programToText` prints an integer constant and a reinterpretation, because text cannot express every NaN.
  'f32.const': 2,
  'f64.const': 2,
  br: 2,
  br_if: 2,
  call: 5,
  'memory.size': 20,
  'memory.grow': 300,
  'memory.fill': 100,
  'memory.copy': 100,
  'i32.trunc_f64_s': 20,
  'i32.trunc_sat_f64_u': 20,
  'f64.convert_i32_u': 16,
  'f64.convert_i64_u': 16,
  'f64.convert_i32_s': 3,
  'f32.copysign': 2,
  'f64.copysign': 3,
  'f32.div': 3,
  'f64.div': 5,
  'f32.sqrt': 5,
  'f64.sqrt': 8,
  ...Object.fromEntries(['f32', 'f64'].flatMap((t) => ['min', 'max'].map((op) => [`${t}.${op}`, 18]))),
  ...Object.fromEntries(['f32', 'f64'].flatMap((t) => ['lt', 'eq'].map((op) => [`${t}.${op}`, 3]))),
  ...Object.fromEntries(
    ['f32', 'f64'].flatMap((t) =>
      ['add', 'sub', 'mul', 'ceil', 'floor', 'trunc', 'nearest'].map((op) => [`${t}.${op}`, 2]),
    ),
  ),
  ...Object.fromEntries(
    ['i32', 'i64'].flatMap((t) => ['div_s', 'div_u', 'rem_s', 'rem_u'].map((op) => [`${t}.${op}`, 10])),
  ),
};
const BLOCK_ENDS: ReadonlySet<string> = new Set([
  'loop',
  'if',
  'else',
  'br',
  'br_if',
  'end',
  'return',
  'unreachable',
]);

function costOf(op: string, isWasm64: boolean): number {
  const isAccess = /^[if]\d\d\.(load|store)/.test(op);
  return isWasm64 && isAccess ? 2 : (COSTS[op] ?? 1);
}

/** Maps each position that starts a basic block to the cost of the block. */
function chargesOf(code: readonly Instruction[], isWasm64: boolean): Map<number, number> {
  const charges = new Map<number, number>();
  let start = 0;
  let cost = 1;
  code.forEach(({ op }, position) => {
    cost += costOf(op, isWasm64);
    if (!BLOCK_ENDS.has(op)) return;
    charges.set(start, cost);
    start = position + 1;
    cost = 0;
  });
  return charges;
}

interface Label {
  /** Position at which a branch to the label continues. */
  readonly target: number;
  readonly isLoop: boolean;
}

export class ReferenceInterpreter {
  memory: Uint8Array;
  used = 0;
  readonly dirtyPages = new Set<number>();
  readonly #charges: readonly Map<number, number>[];
  readonly #scratch = new DataView(new ArrayBuffer(8));

  readonly #functions: readonly ReferenceFunction[];
  readonly #maximumPages: number;
  readonly #isWasm64: boolean;

  constructor({ functions, pages, maximumPages, isWasm64 }: Program) {
    this.#functions = functions;
    this.#maximumPages = maximumPages;
    this.#isWasm64 = isWasm64;
    this.memory = new Uint8Array(pages * PAGE);
    this.#charges = functions.map(({ code }) => chargesOf(code, isWasm64));
  }

  call(index: number, args: readonly Value[]): Value | undefined {
    const { code, locals: declared, hasResult } = this.#functions[index]!;
    const charges = this.#charges[index]!;
    const locals = [...args, ...declared.map((type) => (type === 'i64' || type === 'f64' ? 0n : 0))];
    const stack: Value[] = [];
    const labels: Label[] = [];
    const branch = (depth: number): number => {
      const label = labels[labels.length - 1 - depth];
      if (label === undefined) return code.length;
      labels.length -= label.isLoop ? depth : depth + 1;
      return label.target;
    };
    let position = 0;
    while (position < code.length) {
      this.used += charges.get(position) ?? 0;
      const { op, immediate } = code[position]!;
      position++;
      switch (op) {
        case 'block':
          labels.push({ target: findBlockEnd(code, position - 1).end + 1, isLoop: false });
          break;
        case 'loop':
          labels.push({ target: position, isLoop: true });
          break;
        case 'if': {
          const { otherwise, end } = findBlockEnd(code, position - 1);
          const taken = stack.pop() !== 0;
          labels.push({ target: end + 1, isLoop: false });
          if (taken) break;
          position = (otherwise ?? end) + 1;
          // Without an `else`, execution continues after the `end`, so the label is closed here.
          if (otherwise === undefined) labels.pop();
          break;
        }
        case 'else':
          position = branch(0);
          break;
        case 'end':
          labels.pop();
          break;
        case 'br':
          position = branch(Number(immediate));
          break;
        case 'br_if':
          if (stack.pop() !== 0) position = branch(Number(immediate));
          break;
        case 'unreachable':
          throw new ReferenceTrap('unreachable');
        case 'call':
          stack.push(this.call(Number(immediate), [stack.pop()!])!);
          break;
        case 'local.get':
          stack.push(locals[Number(immediate)]!);
          break;
        case 'local.set':
          locals[Number(immediate)] = stack.pop()!;
          break;
        case 'local.tee':
          locals[Number(immediate)] = stack.at(-1)!;
          break;
        default:
          this.#compute(op, immediate, stack);
      }
    }
    return hasResult ? stack.pop() : undefined;
  }

  #compute(op: string, immediate: number | bigint | undefined, stack: Value[]): void {
    const [prefix, name] = op.split('.') as [string, string | undefined];
    if (name === undefined) {
      this.#parametric(op, stack);
    } else if (name === 'const') {
      stack.push(immediate!);
    } else if (prefix === 'memory') {
      this.#bulk(name, stack);
    } else if (name.startsWith('load') || name.startsWith('store')) {
      this.#access(prefix as ValueType, name, Number(immediate ?? 0), stack);
    } else if (prefix === 'i32' || prefix === 'i64') {
      this.#integer(prefix, name, stack);
    } else {
      this.#float(prefix as 'f32' | 'f64', name, stack);
    }
  }

  #parametric(op: string, stack: Value[]): void {
    if (op === 'drop') stack.pop();
    else if (op === 'select') {
      const condition = stack.pop();
      const second = stack.pop()!;
      const first = stack.pop()!;
      stack.push(condition === 0 ? second : first);
    } else if (op !== 'nop') throw new RangeError(op);
  }

  /** Converts an address or size to an unsigned number. A value above 2^53 is rounded, and out of bounds in any case. */
  #address(value: Value): number {
    return Number(BigInt.asUintN(this.#isWasm64 ? 64 : 32, BigInt(value)));
  }

  #bulk(name: string, stack: Value[]): void {
    const pages = this.memory.length / PAGE;
    const push = (value: number): void => void stack.push(this.#isWasm64 ? BigInt(value) : value);
    if (name === 'size') push(pages);
    else if (name === 'grow') {
      const delta = this.#address(stack.pop()!);
      const isTooLarge = pages + delta > this.#maximumPages;
      push(isTooLarge ? -1 : pages);
      if (isTooLarge) return;
      const grown = new Uint8Array((pages + delta) * PAGE);
      grown.set(this.memory);
      this.memory = grown;
    } else {
      const length = this.#address(stack.pop()!);
      const operand = stack.pop()!;
      const destination = this.#address(stack.pop()!);
      const source = this.#address(operand);
      this.used += length;
      this.#require(destination, length);
      if (name === 'copy') this.#require(source, length);
      this.#touch(destination, length);
      if (name === 'fill') this.memory.fill(Number(operand), destination, destination + length);
      else this.memory.copyWithin(destination, source, source + length);
    }
  }

  #access(type: ValueType, name: string, offset: number, stack: Value[]): void {
    const match = /^(load|store)(\d+)?(_[su])?$/.exec(name)!;
    const typeBytes = type === 'i32' || type === 'f32' ? 4 : 8;
    const width = match[2] === undefined ? typeBytes : Number(match[2]) / 8;
    const value = match[1] === 'store' ? BigInt(stack.pop()!) : 0n;
    const address = this.#address(stack.pop()!) + offset;
    this.#require(address, width);
    if (match[1] === 'store') {
      this.#touch(address, width);
      for (let i = 0; i < width; i++) this.memory[address + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      return;
    }
    let bits = 0n;
    for (let i = 0; i < width; i++) bits |= BigInt(this.memory[address + i]!) << BigInt(8 * i);
    if (match[3] === '_s') bits = BigInt.asIntN(8 * width, bits);
    stack.push(this.#ofBits(type, bits));
  }

  #require(start: number, length: number): void {
    if (start + length > this.memory.length) throw new ReferenceTrap('memory access out of bounds');
  }

  #touch(start: number, length: number): void {
    if (length === 0) return;
    for (let page = Math.floor(start / 4096); page <= Math.floor((start + length - 1) / 4096); page++) {
      this.dirtyPages.add(page);
    }
  }

  #ofBits(type: ValueType, bits: bigint): Value {
    if (type === 'i32') return Number(BigInt.asIntN(32, bits));
    if (type === 'f32') return Number(BigInt.asUintN(32, bits));
    return type === 'i64' ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
  }

  #integer(type: 'i32' | 'i64', name: string, stack: Value[]): void {
    const width = type === 'i32' ? 32 : 64;
    const unary = UNARY_INTEGER[name];
    if (unary !== undefined) {
      stack.push(this.#ofBits(COMPARES.has(name) ? 'i32' : type, unary(BigInt(stack.pop()!), width)));
      return;
    }
    if (name.startsWith('trunc')) {
      stack.push(truncate(name, this.#toNumber('f64', stack.pop()!)));
      return;
    }
    const right = BigInt(stack.pop()!);
    const left = BigInt(stack.pop()!);
    stack.push(this.#ofBits(COMPARES.has(name) ? 'i32' : type, BINARY_INTEGER[name]!(left, right, width)));
  }

  #float(type: 'f32' | 'f64', name: string, stack: Value[]): void {
    const sign = type === 'f32' ? 0x8000_0000n : 1n << 63n;
    const bits = (value: bigint): Value => (type === 'f32' ? Number(value) : value);
    if (name.startsWith('reinterpret')) {
      stack.push(this.#ofBits(type, BigInt(stack.pop()!)));
    } else if (name === 'neg') stack.push(bits(BigInt(stack.pop()!) ^ sign));
    else if (name === 'abs') stack.push(bits(BigInt(stack.pop()!) & ~sign));
    else if (name === 'copysign') {
      const right = BigInt(stack.pop()!);
      stack.push(bits((BigInt(stack.pop()!) & ~sign) | (right & sign)));
    } else if (name === 'demote_f64') stack.push(this.#ofNumber('f32', this.#toNumber('f64', stack.pop()!)));
    else if (name === 'promote_f32') stack.push(this.#ofNumber('f64', this.#toNumber('f32', stack.pop()!)));
    else if (name === 'convert_i32_u') stack.push(this.#ofNumber(type, Number(stack.pop()) >>> 0));
    else if (name === 'convert_i32_s') stack.push(this.#ofNumber(type, Number(stack.pop())));
    else if (name === 'convert_i64_u') {
      stack.push(this.#ofNumber(type, Number(BigInt.asUintN(64, BigInt(stack.pop()!)))));
    } else if (name in UNARY_FLOAT) {
      stack.push(this.#ofNumber(type, UNARY_FLOAT[name]!(this.#toNumber(type, stack.pop()!))));
    } else {
      const right = this.#toNumber(type, stack.pop()!);
      const left = this.#toNumber(type, stack.pop()!);
      if (name === 'lt') stack.push(left < right ? 1 : 0);
      else if (name === 'eq') stack.push(left === right ? 1 : 0);
      else stack.push(this.#ofNumber(type, BINARY_FLOAT[name]!(left, right)));
    }
  }

  #toNumber(type: 'f32' | 'f64', bits: Value): number {
    if (type === 'f32') {
      this.#scratch.setUint32(0, Number(bits));
      return this.#scratch.getFloat32(0);
    }
    this.#scratch.setBigUint64(0, BigInt(bits));
    return this.#scratch.getFloat64(0);
  }

  /** Bits of the result of an arithmetic instruction. A NaN becomes the canonical NaN. */
  #ofNumber(type: 'f32' | 'f64', value: number): Value {
    if (Number.isNaN(value)) return type === 'f32' ? F32_NAN : F64_NAN;
    if (type === 'f32') {
      this.#scratch.setFloat32(0, value);
      return this.#scratch.getUint32(0);
    }
    this.#scratch.setFloat64(0, value);
    return this.#scratch.getBigUint64(0);
  }
}

/** Positions of the `end` and, if present, the `else` of the block that starts at `start`. */
function findBlockEnd(code: readonly Instruction[], start: number): { otherwise?: number; end: number } {
  let depth = 0;
  let otherwise: number | undefined;
  for (let position = start; ; position++) {
    const { op } = code[position]!;
    if (op === 'block' || op === 'loop' || op === 'if') depth++;
    else if (op === 'else' && depth === 1) otherwise = position;
    else if (op === 'end' && --depth === 0) {
      return otherwise === undefined ? { end: position } : { otherwise, end: position };
    }
  }
}
