/** The canister whose seeded faults are tried: the reference canister, or a module of the user with a list of its faults. */
import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../harness/files/json-file.js';
import { InputError } from '../../harness/input-error.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { readModule } from '../subject/inputs.js';
import {
  BUILT_IN_WASM,
  checkFault,
  FAULTS_WASM,
  knownFaults,
  resolveSubject,
  type FaultDescription,
} from '../subject/subject.js';

export interface MutantsSubjectOptions {
  /** Module that exports the target; `undefined`: the built-in target. */
  readonly target?: string;
  /** The module with the seeded faults. */
  readonly wasm?: string;
  /** The module without faults; default: the module with the faults, without any of them. */
  readonly correctWasm?: string;
  /** JSON file with the faults; default: `faults.json` beside the target. */
  readonly faultList?: string;
  /** Names of the faults to try, separated by commas; default: all. */
  readonly faults?: string;
}

export interface MutantsSubject {
  readonly targetModule: string | undefined;
  readonly faults: readonly FaultDescription[];
  readonly faultsWasm: Uint8Array;
  /** SHA-256 of the module with the faults, in hex. */
  readonly faultsWasmSha256: string;
  readonly faultsWasmLabel: string;
  readonly correctWasm: Uint8Array;
}

const faultListSchema = z
  .array(
    z.looseObject({
      name: z.string().regex(/^[^,\s]+$/, 'must be a name without commas and spaces'),
      description: z.string(),
    }),
  )
  .min(1, 'must contain a fault');

/** @throws InputError if a file or a name is unusable */
export async function openMutantsSubject(options: MutantsSubjectOptions): Promise<MutantsSubject> {
  const faults = selectedFaults(await listFaults(options), options.faults);
  const { target: targetModule, wasm } = options;
  if (targetModule === undefined && wasm === undefined) {
    if (options.correctWasm !== undefined)
      throw new InputError('--correct-wasm requires --wasm, the module with the seeded faults');
    const faultsWasm = readModule(FAULTS_WASM);
    return {
      targetModule,
      faults,
      faultsWasm,
      faultsWasmSha256: sha256(faultsWasm),
      faultsWasmLabel: relative(PACKAGE_ROOT, FAULTS_WASM).replaceAll('\\', '/'),
      correctWasm: readModule(BUILT_IN_WASM),
    };
  }
  const subject = await resolveSubject({
    ...(targetModule === undefined ? {} : { target: targetModule }),
    ...(wasm === undefined ? {} : { wasm }),
  });
  const correctWasm = options.correctWasm === undefined ? subject.wasm : readModule(options.correctWasm);
  return {
    targetModule: subject.targetModule,
    faults,
    faultsWasm: subject.wasm,
    faultsWasmSha256: subject.wasmSha256,
    faultsWasmLabel: subject.wasmLabel,
    correctWasm,
  };
}

/** The faults of the user's list, or those of the reference canister. @throws InputError if the list is unusable */
export async function listFaults({
  target,
  faultList,
}: MutantsSubjectOptions): Promise<readonly FaultDescription[]> {
  const path = faultList ?? (target === undefined ? undefined : join(dirname(target), 'faults.json'));
  if (path === undefined) return knownFaults();
  const parsed = faultListSchema.safeParse(await readJsonFile(path, 'fault list'));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `fault list ${path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'wrong'}; it must be a list of { "name", "description" }`,
  );
}

function selectedFaults(
  known: readonly FaultDescription[],
  names: string | undefined,
): readonly FaultDescription[] {
  if (names === undefined) return known;
  const selected = new Set(names.split(',').map((name) => name.trim()));
  for (const name of selected) checkFault(name, known);
  return known.filter(({ name }) => selected.has(name));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
