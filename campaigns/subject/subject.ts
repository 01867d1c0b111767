/**
 * The subject of a run: which module is tested, through which target, with which init argument. Options become a `SubjectSpec`, plain
 * data that goes to the worker thread; there `openSubject` makes the target out of it.
 */
import { REQUEST_NAMES, type RequestName } from '../../model/operations.js';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { InputError } from '../../harness/input-error.js';
import type { Limits } from '../../model/schedule.js';
import { loadTarget } from '../../targets/load-target.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { httpServiceTarget } from '../../targets/http-service.js';
import type { EncodedRequest, Request, Target } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { isServiceUrl, resolveService, type ServiceSpec } from './service.js';
import { readCanisterWasm, readInitArg } from './inputs.js';

export interface SubjectOptions {
  readonly wasm?: string;
  readonly initArg?: string;
  readonly target?: string;
  readonly fault?: string;
  /** With a URL as the target: its tokens. */
  readonly httpToken?: string;
}

export interface SubjectSpec {
  /** Path of the target's module; undefined for the built-in target. */
  readonly targetModule: string | undefined;
  readonly wasm: Uint8Array;
  /** How reports name the module: its path as given, or below the project. */
  readonly wasmLabel: string;
  /** SHA-256 of the file, hex. */
  readonly wasmSha256: string;
  readonly fault: string | undefined;
  /** The module is the user's: no earlier version of it is known. */
  readonly isUsers?: boolean;
  /** The subject is a service, and no module is known. */
  readonly service?: ServiceSpec;
  /** Used as it is at install and upgrade, whatever limits a schedule would like. */
  readonly initArg: Uint8Array | undefined;
}

export interface Subject {
  readonly target: Target;
  /** Set if the init argument is the user's: every schedule then has these limits. */
  readonly fixedLimits: Limits | undefined;
}

const CANISTER_FOLDER = resolve(PACKAGE_ROOT, 'canister');
export const BUILT_IN_WASM = resolve(CANISTER_FOLDER, 'wasm', 'upload.wasm');
export const FAULTS_WASM = resolve(CANISTER_FOLDER, 'wasm', 'upload-faults.wasm');

export interface FaultDescription {
  readonly name: string;
  readonly description: string;
}

/** The seeded faults of the built-in canister. */
export function knownFaults(): readonly FaultDescription[] {
  const path = resolve(CANISTER_FOLDER, 'faults.json');
  return JSON.parse(readFileSync(path, 'utf8')) as FaultDescription[];
}

/** @throws InputError, one line, for anything the user named that cannot be used. */
export async function resolveSubject(options: SubjectOptions): Promise<SubjectSpec> {
  if (isServiceUrl(options.target)) return serviceSubject(options.target, options);
  if (options.httpToken !== undefined)
    throw new InputError('--http-token goes with --target URL, a service that speaks docs/http.md');
  const target = await openTarget(options.target);
  const { fault } = options;
  if (fault !== undefined && options.wasm === undefined) checkFault(fault);
  if (options.target !== undefined && options.wasm === undefined) {
    throw new InputError('--target names an interface of your own, so --wasm must name a module that has it');
  }
  const path = options.wasm ?? (fault === undefined ? BUILT_IN_WASM : FAULTS_WASM);
  const wasm = readCanisterWasm(path, requiredExports(target), target.name);
  const initArg = options.initArg === undefined ? undefined : readInitArg(options.initArg);
  if (initArg !== undefined) limitsOf(target, initArg);
  return {
    targetModule: options.target,
    wasm,
    wasmLabel: options.wasm ?? relative(PACKAGE_ROOT, path).replaceAll('\\', '/'),
    wasmSha256: createHash('sha256').update(wasm).digest('hex'),
    fault,
    ...(options.wasm === undefined ? {} : { isUsers: true }),
    initArg,
  };
}

/** Of the module of a service nothing is known. */
const UNKNOWN_SHA256 = '0'.repeat(64);

async function serviceSubject(url: string, options: SubjectOptions): Promise<SubjectSpec> {
  const foreign = (['wasm', 'initArg', 'fault'] as const).find((name) => options[name] !== undefined);
  if (foreign !== undefined) {
    const flag = foreign === 'initArg' ? 'init-arg' : foreign;
    throw new InputError(
      `--${flag} is for a canister that is installed; --target URL names a service that is there`,
    );
  }
  return {
    targetModule: undefined,
    wasm: new Uint8Array(0),
    wasmLabel: url,
    wasmSha256: UNKNOWN_SHA256,
    fault: undefined,
    initArg: undefined,
    service: await resolveService(url, options.httpToken),
  };
}

/** @throws InputError, one line with the names that come near, if no seeded fault is called so */
export function checkFault(fault: string, known: readonly FaultDescription[] = knownFaults()): void {
  const names = known.map(({ name }) => name);
  if (names.includes(fault)) return;
  const near = namesNear(fault, names);
  const meant = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  throw new InputError(
    `no fault is called "${fault}": ${meant}canister/faults.json lists all ${names.length}`,
  );
}

/** From 0 to 1 (Sørensen and Dice, over pairs of letters): how alike a name must be to be meant. */
const LIKENESS_MIN = 0.5;

/** The most alike, at most three. */
function namesNear(name: string, names: readonly string[]): readonly string[] {
  const pairs = (text: string) => {
    const letters = text.toLowerCase().replace(/[^a-z0-9]/g, '');
    return new Set(Array.from(letters.slice(1), (second, place) => `${letters[place]}${second}`));
  };
  const given = pairs(name);
  const likeness = (known: string): number => {
    const own = pairs(known);
    return (2 * [...own].filter((pair) => given.has(pair)).length) / (own.size + given.size);
  };
  return names
    .map((known) => ({ known, alike: likeness(known) }))
    .filter(({ alike }) => alike >= LIKENESS_MIN)
    .sort((a, b) => b.alike - a.alike)
    .slice(0, 3)
    .map(({ known }) => known);
}

export async function openSubject(
  spec: Pick<SubjectSpec, 'targetModule' | 'initArg' | 'isUsers' | 'service'>,
): Promise<Subject> {
  if (spec.service !== undefined) {
    const { chunkSize } = spec.service;
    return { target: httpServiceTarget(chunkSize), fixedLimits: { chunkSize } };
  }
  const opened = await openTarget(spec.targetModule);
  // The built-in target's earlier version is one of the built-in canister.
  const { olderModule: _, ...withoutOlder } = opened;
  const target = spec.isUsers === true && opened === uploadTarget ? withoutOlder : opened;
  const { initArg } = spec;
  if (initArg === undefined) return { target, fixedLimits: undefined };
  const fixed = { encodeInitArg: () => initArg, takesNewLimits: false, hasFixedLimits: true };
  return { target: { ...target, ...fixed }, fixedLimits: limitsOf(target, initArg) };
}

async function openTarget(path: string | undefined): Promise<Target> {
  if (path === undefined) return uploadTarget;
  const loaded = await loadTarget(path);
  if (loaded.kind === 'target') return loaded.target;
  const [first, ...rest] = loaded.defects;
  throw new InputError(rest.length === 0 ? first : `${first} (and ${rest.length} more: ${rest.join('; ')})`);
}

/** A target that cannot read its init argument is judged by its own default chunk size. */
function limitsOf(target: Target, initArg: Uint8Array): Limits {
  try {
    return target.decodeInitArg?.(initArg) ?? {};
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`init argument: it is not of the type that target "${target.name}" takes (${text})`);
  }
}

/** One request of each kind. */
const SAMPLES: { readonly [Name in RequestName]: Omit<Extract<Request, { op: Name }>, 'op'> } = {
  begin: {
    capsuleId: 'capsule',
    name: 'name',
    mimeType: 'application/octet-stream',
    bytes: 1,
    sha256: new Uint8Array(32),
    expectedChunks: 1,
    key: 'key',
  },
  put: { sessionId: '1', index: 0, data: new Uint8Array(1) },
  finish: { sessionId: '1', sha256: new Uint8Array(32), totalLength: 1 },
  abort: { sessionId: '1' },
  pause: { sessionId: '1' },
  resume: { sessionId: '1' },
  status: { sessionId: '1' },
  readMeta: { blobId: 'blob_1' },
  readWhole: { blobId: 'blob_1' },
  readChunk: { blobId: 'blob_1', index: 0 },
  cleanup: {},
  list: {},
  stats: {},
  config: {},
  memory: { capsuleId: 'capsule', assets: [] },
  readMemory: { memoryId: 'memory_1' },
  deleteMemory: { memoryId: 'memory_1' },
  listMemories: { capsuleId: 'capsule' },
};

/** The exports without which the target's calls would all be rejected, e.g. `canister_update uploads_begin`. */
export function requiredExports(target: Target): string[] {
  const encoded = REQUEST_NAMES.filter((op) => target.operations.has(op)).map((op) =>
    target.encode({ op, ...SAMPLES[op] } as Request),
  );
  const prepared = target.prepareCaller?.('2vxsx-fae');
  return [...encoded, prepared]
    .filter((call): call is EncodedRequest => call !== undefined)
    .map(({ kind, method }) => `canister_${kind} ${method}`);
}
