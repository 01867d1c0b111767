/**
 * What must be equal on two machines so that they execute a schedule with the same history: the version of this package, the engine, its
 * instruction table, and the WebAssembly of the runtime.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { EMBEDDED_ENGINE_VERSION } from '../../replicas/embedded/embedded-replica.js';
import { INSTRUCTIONS } from '../../replicas/embedded/params.js';
import {
  COSTS,
  COSTS_WASM64,
  STABLE_FUNCTION_INSTRUCTIONS,
} from '../../replicas/embedded/wasm/instruction-costs.js';

export const runtimeSchema = z.strictObject({
  toolVersion: z.string(),
  engine: z.string(),
  /** SHA-256 of the instruction costs, lower-case hex. */
  instructionTable: z.string(),
  /** Features of WebAssembly that the runtime has, sorted. */
  wasmFeatures: z.array(z.string()),
});
export type Runtime = Readonly<z.infer<typeof runtimeSchema>>;

/** The runtime of this process. */
export function runtimeHere(toolVersion: string): Runtime {
  return {
    toolVersion,
    engine: EMBEDDED_ENGINE_VERSION,
    instructionTable: instructionTableHash(),
    wasmFeatures: Object.entries(FEATURE_MODULES)
      .flatMap(([name, sections]) => (WebAssembly.validate(moduleOf(sections)) ? [name] : []))
      .sort(),
  };
}

/** Why a process must not execute runs for the owner of a campaign; `undefined` if it may. It may have more features than the owner. */
export function differenceOf(owner: Runtime, here: Runtime): string | undefined {
  if (owner.toolVersion !== here.toolVersion)
    return `it was started with version ${owner.toolVersion} of this program, and this is ${here.toolVersion}`;
  if (owner.engine !== here.engine)
    return `it was started with version ${owner.engine} of the engine, and this is ${here.engine}`;
  if (owner.instructionTable !== here.instructionTable)
    return 'it was started with another instruction table';
  const missing = owner.wasmFeatures.filter((feature) => !here.wasmFeatures.includes(feature));
  if (missing.length > 0)
    return `this version of Node (${process.version}) lacks the WebAssembly features ${missing.join(', ')}`;
  return undefined;
}

function instructionTableHash(): string {
  const table = [[...COSTS], [...COSTS_WASM64], [...STABLE_FUNCTION_INSTRUCTIONS], INSTRUCTIONS];
  return createHash('sha256').update(canonicalJson(table)).digest('hex');
}

type Section = readonly number[];

function moduleOf(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** A type section with `() -> ()`, and a function section with one function of it. */
const COMMAND: readonly Section[] = [
  [1, 4, 1, 0x60, 0, 0],
  [3, 2, 1, 0],
];
/** The same with `() -> v128`. */
const VECTOR: readonly Section[] = [
  [1, 5, 1, 0x60, 0, 1, 0x7b],
  [3, 2, 1, 0],
];
const I32_CONST_0 = [0x41, 0] as const;
const SPLAT = [0xfd, 0x0f] as const;

/** A code section with one function without locals. */
function code(...body: readonly number[]): Section {
  return [10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b];
}

/** The smallest modules that are valid only with a feature. */
const FEATURE_MODULES: Readonly<Record<string, readonly Section[]>> = {
  'bulk-memory': [
    ...COMMAND,
    [5, 3, 1, 0, 0],
    code(...I32_CONST_0, ...I32_CONST_0, ...I32_CONST_0, 0xfc, 0x0b, 0),
  ],
  memory64: [[5, 3, 1, 4, 1]],
  'multi-memory': [[5, 5, 2, 0, 0, 0, 0]],
  'reference-types': [...COMMAND, code(0xd0, 0x70, 0x1a)],
  'relaxed-simd': [...VECTOR, code(...I32_CONST_0, ...SPLAT, ...I32_CONST_0, ...SPLAT, 0xfd, 0x80, 2)],
  simd: [...VECTOR, code(...I32_CONST_0, ...SPLAT)],
  'tail-call': [...COMMAND, code(0x12, 0)],
};
