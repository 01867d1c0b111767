import { ByteReader, MalformedWasmError } from './byte-reader.js';
import type { DecodedModule } from './module-decoder.js';

export const NAME_SECTION = 'name';
const FUNCTION_NAMES_SUBSECTION = 1;

/** The function names of all sections for names; `undefined` if there are none. A later name of a function replaces an earlier one. */
export function functionNames({
  customs,
}: Pick<DecodedModule, 'customs'>): ReadonlyMap<number, string> | undefined {
  const sections = customs.filter(({ name }) => name === NAME_SECTION);
  const names = new Map(sections.flatMap(({ content }) => [...decodeFunctionNames(content)]));
  return names.size === 0 ? undefined : names;
}

/**
 * Decodes the function names in the content of the custom section `name`. Returns the names before the first error if the section
 * is malformed. Installed modules have no malformed section, see `validator.ts`.
 */
function decodeFunctionNames(content: Uint8Array): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const reader = new ByteReader(content);
  try {
    while (!reader.done) {
      const id = reader.byte();
      const subsection = reader.slice(reader.u32());
      if (id !== FUNCTION_NAMES_SUBSECTION) continue;
      for (let count = subsection.u32(); count > 0; count--) {
        const index = subsection.u32();
        names.set(index, subsection.name());
      }
    }
  } catch (error) {
    if (!(error instanceof MalformedWasmError)) throw error;
  }
  return names;
}
