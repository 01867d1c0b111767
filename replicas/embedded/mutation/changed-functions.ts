/** The functions of a module that differ from those of an earlier one. */
import { createHash } from 'node:crypto';
import { ByteReader } from '../wasm/byte-reader.js';
import { readInstructionId, skipImmediates } from '../wasm/instruction-reader.js';
import { ExternalKind, type DecodedModule } from '../wasm/module-decoder.js';
import { decodeFunctionNames, NAME_SECTION } from '../wasm/name-section.js';
import { Action, ACTIONS } from '../wasm/opcodes.js';

/**
 * Indices of the functions whose bodies do not occur in the earlier module. A new function shifts the indices of others, so the functions
 * that a body calls are compared by name, and not at all if a module has no names.
 */
export function changedFunctions(module: DecodedModule, earlier: DecodedModule): ReadonlySet<number> {
  const [names, earlierNames] = [namesOf(module), namesOf(earlier)];
  const hasNames = names.size > 0 && earlierNames.size > 0;
  const known = new Set(digests(earlier, hasNames ? earlierNames : undefined));
  const imports = importCount(module);
  const own = digests(module, hasNames ? names : undefined);
  return new Set(own.flatMap((digest, place) => (known.has(digest) ? [] : [imports + place])));
}

function importCount({ imports }: DecodedModule): number {
  return imports.filter(({ kind }) => kind === ExternalKind.function).length;
}

function namesOf({ customs }: DecodedModule): ReadonlyMap<number, string> {
  const section = customs.find(({ name }) => name === NAME_SECTION);
  return section === undefined ? new Map() : decodeFunctionNames(section.content);
}

function digests(module: DecodedModule, names: ReadonlyMap<number, string> | undefined): readonly string[] {
  return module.bodies.map(([start, end], place) => {
    const type = module.types[module.functions[place] ?? -1];
    const hash = createHash('sha256').update(JSON.stringify(type ?? null));
    const reader = new ByteReader(module.bytes, start, end);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb128(5);
      reader.skip(1);
    }
    hash.update(module.bytes.subarray(start, reader.position));
    while (reader.position < end) {
      const at = reader.position;
      const id = readInstructionId(reader);
      const immediates = reader.position;
      skipImmediates(reader, id);
      if (!NAMES_FUNCTION.has(ACTIONS[id] ?? 0)) {
        hash.update(module.bytes.subarray(at, reader.position));
        continue;
      }
      const index = new ByteReader(module.bytes, immediates, end).u32();
      hash.update(`${id} ${names?.get(index) ?? ''};`);
    }
    return hash.digest('hex');
  });
}

const NAMES_FUNCTION: ReadonlySet<number> = new Set([Action.call, Action.returnCall, Action.refFunc]);
