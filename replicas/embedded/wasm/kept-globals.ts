/** The globals that the network keeps between messages: those that the module exports, and those that a message can change. */
import { OP } from './binary-format.js';
import { ByteReader } from './byte-reader.js';
import type { KeptGlobal, PersistedGlobal } from './instrumented-module.js';
import { ExternalKind, type ConstantExpression, type DecodedModule } from './module-decoder.js';
import { ValueType } from './opcodes.js';

/** Returns the exported globals in the order of the exports, then the other mutable globals. `persisted` are the mutable ones. */
export function keptGlobals(
  module: DecodedModule,
  persisted: readonly PersistedGlobal[],
): readonly KeptGlobal[] {
  const exported = module.exports
    .filter(({ kind }) => kind === ExternalKind.global)
    .map(({ index }) => index);
  const others = [...module.globals.keys()].filter(
    (index) => module.globals[index]?.mutable && !exported.includes(index),
  );
  return [...exported, ...others].map((index) => {
    const position = persisted.findIndex((global) => global.index === index);
    return position < 0 ? constantOf(module, index) : { type: typeOf(module, index), position };
  });
}

function typeOf({ globals }: DecodedModule, index: number): KeptGlobal['type'] {
  const type = TYPES.get(globals[index]?.type ?? -1);
  if (!type) throw new TypeError(`global ${index} has no type of numbers`);
  return type;
}

const TYPES: ReadonlyMap<number, KeptGlobal['type']> = new Map([
  [ValueType.i32, 'i32'],
  [ValueType.i64, 'i64'],
  [ValueType.f32, 'f32'],
  [ValueType.f64, 'f64'],
  [ValueType.v128, 'v128'],
]);

function constantOf(module: DecodedModule, index: number): KeptGlobal {
  const type = typeOf(module, index);
  return { type, value: evaluate(module, type, index) };
}

function evaluate({ globals }: DecodedModule, type: KeptGlobal['type'], index: number): number | bigint {
  let init = globals[index]?.init;
  while (init?.opcode === OP.global_get) init = globals[init.operand]?.init;
  if (!init) throw new TypeError(`global ${index} has no initial value`);
  return READERS[type](init);
}

const READERS: Readonly<Record<KeptGlobal['type'], (init: ConstantExpression) => number | bigint>> = {
  i32: ({ bytes }) => new ByteReader(bytes, 1).i32(),
  i64: ({ bytes }) => new ByteReader(bytes, 1).i64(),
  f32: ({ bytes }) => viewOf(bytes, 1).getFloat32(0, true),
  f64: ({ bytes }) => viewOf(bytes, 1).getFloat64(0, true),
  // The prefix and the number of the instruction come first.
  v128: ({ bytes }) => wide(viewOf(bytes, 2).getBigUint64(0, true), viewOf(bytes, 2).getBigUint64(8, true)),
};

function viewOf({ buffer, byteOffset }: Uint8Array, skipped: number): DataView {
  return new DataView(buffer, byteOffset + skipped);
}

/** The unsigned number of 128 bits with these halves, which may be signed. */
export function wide(low: bigint, high: bigint): bigint {
  return (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
}
