/** The Candid interface of a canister as text: from a `.did` file, or from the custom section of its module. */
import { gunzipSync } from 'node:zlib';
import { readInputFile } from '../../harness/files/input-file.js';
import { InputError } from '../../harness/input-error.js';
import { InvalidWasmError } from '../../replicas/embedded/wasm/instrumented-module.js';
import { decodeAndValidate } from '../../replicas/embedded/wasm/instrument.js';
import { readModule } from '../subject/inputs.js';

const DID_BYTES_MAX = 4 * 2 ** 20;
const WASM_BYTES_MAX = 100 * 2 ** 20;
/** How the names of sections begin, by who may read them. */
const VISIBILITIES = ['icp:public ', 'icp:private ', ''];

/** @throws InputError if the file is unusable */
export function readCandidFile(path: string): string {
  return new TextDecoder().decode(readInputFile(path, { what: 'did', bytesMax: DID_BYTES_MAX }));
}

/** @throws InputError if the file is no module, or has no such section */
export function candidOfModule(path: string): string {
  const customs = sectionsOf(path);
  const textOf = (section: string) => {
    const found = customs.find(({ name }) =>
      VISIBILITIES.some((visibility) => name === visibility + section),
    );
    return found && new TextDecoder().decode(found.content);
  };
  const service = textOf('candid:service');
  if (service !== undefined) return withInitArguments(service, textOf('candid:args'));
  throw new InputError(
    `wasm ${path}: it has no section "candid:service"; pass the interface with --did FILE`,
  );
}

/** The compiler of Motoko keeps the types of the init arguments in a section of their own. */
function withInitArguments(service: string, args: string | undefined): string {
  if (args === undefined) return service;
  return service.replace(
    /(^|\n)(\s*service\s*:\s*)(?=\{|[A-Za-z_])/,
    (_, before: string, head: string) => `${before}${head}${args} -> `,
  );
}

function sectionsOf(path: string) {
  const file = readModule(path);
  const isGzip = file[0] === 0x1f && file[1] === 0x8b;
  try {
    const bytes = isGzip ? gunzipSync(file, { maxOutputLength: WASM_BYTES_MAX }) : file;
    return decodeAndValidate(Uint8Array.from(bytes)).customs;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof InvalidWasmError) && code === undefined) throw error;
    throw new InputError(`wasm ${path}: it is not a WebAssembly module, or it is damaged`);
  }
}
