/** A digest of the body of a function that stays the same if the indices of functions and types move. */
import { createHash } from 'node:crypto';
import { ByteReader } from '../wasm/byte-reader.js';
import { readInstructionId, skipImmediates } from '../wasm/instruction-reader.js';
import { functionImports, type DecodedModule } from '../wasm/module-decoder.js';
import { Action, ACTIONS } from '../wasm/opcodes.js';

/** Returns a text for the function with this index in the module. */
export type FunctionLabel = (index: number) => string;

/** The imported functions, as `module.name`. */
export function importedFunctions(decoded: DecodedModule): readonly string[] {
  return functionImports(decoded).map(({ module, name }) => `${module}.${name}`);
}

/**
 * The digest of each function that the module defines, over its type and its instructions. A called function counts as its label, and the
 * type of an indirect call as its parameters and results.
 */
export function functionDigests(module: DecodedModule, label: FunctionLabel): readonly string[] {
  return module.bodies.map((_, place) => digestOf(module, place, label));
}

function digestOf(module: DecodedModule, place: number, label: FunctionLabel): string {
  const [start, end] = module.bodies[place] ?? [0, 0];
  const typeText = (index: number) => JSON.stringify(module.types[index] ?? null);
  const hash = createHash('sha256').update(typeText(module.functions[place] ?? -1));
  const reader = new ByteReader(module.bytes, start, end);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.skipLeb128(5);
    reader.skip(1);
  }
  hash.update(module.bytes.subarray(start, reader.position));
  while (reader.position < end) {
    const at = reader.position;
    const id = readInstructionId(reader);
    const immediates = new ByteReader(module.bytes, reader.position, end);
    skipImmediates(reader, id);
    const action = ACTIONS[id] ?? 0;
    if (NAMES_FUNCTION.has(action)) hash.update(`${id} ${label(immediates.u32())};`);
    else if (NAMES_TYPE.has(action)) hash.update(`${id} ${typeText(immediates.u32())} ${immediates.u32()};`);
    else hash.update(module.bytes.subarray(at, reader.position));
  }
  return hash.digest('hex');
}

const NAMES_FUNCTION: ReadonlySet<number> = new Set([Action.call, Action.returnCall, Action.refFunc]);
const NAMES_TYPE: ReadonlySet<number> = new Set([Action.callIndirect, Action.returnCallIndirect]);
