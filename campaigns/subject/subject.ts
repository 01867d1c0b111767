/**
 * The subject of a campaign: the canister module (or HTTP service), its target, and its init argument. `resolveSubject` turns options into a
 * `SubjectSpec`, plain data for the worker thread, where `openSubject` creates the target.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { PROFILES, type Profile, type ProfileName } from '../../generators/profile.js';
import { InputError } from '../../harness/input-error.js';
import type { Limits } from '../../model/schedule.js';
import { withFixedLimits } from '../../targets/limits.js';
import { loadTarget, readyTarget, type LoadedTarget } from '../../targets/load-target.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { unpackModule } from '../../replicas/embedded/wasm/unpack.js';
import { httpServiceTarget } from '../../targets/http-service.js';
import type { Request, Target } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { sourceLines } from '../source-lines/source-lines.js';
import { isConfigFile, loadConfig, pathFrom, type LoadedConfig } from '../config/config.js';
import { resolveService, serviceUrl, type ServiceSpec } from './service.js';
import { checkTargetModule, readCanisterWasm, readInitArg } from './inputs.js';

export interface SubjectOptions {
  readonly wasm?: string;
  readonly initArg?: string;
  readonly target?: string;
  readonly fault?: string;
  /** The module for `fault`; default: `wasm`. */
  readonly faultsWasm?: string;
  /** Token file, if `target` is a URL. */
  readonly httpToken?: string;
  /** Milliseconds. */
  readonly messageTime?: number;
  /** Path of a source map of the module. */
  readonly sourceMap?: string;
}

export interface SubjectSpec {
  /** Path of the module that exports the target; undefined for the built-in target. */
  readonly targetModule: string | undefined;
  readonly wasm: Uint8Array;
  /** The name of the module in reports: the path as given, or relative to this package. */
  readonly wasmLabel: string;
  /** Path of the file; undefined for a module of this package. */
  readonly wasmPath?: string;
  /** Path of the source map that the user names. */
  readonly sourceMap?: string | undefined;
  /** SHA-256 of the file in hex. */
  readonly wasmSha256: string;
  readonly fault: string | undefined;
  /** True if the module is the user's, so that no earlier version of it is known. */
  readonly isUsers?: boolean;
  /** Set if the subject is an HTTP service. Then there is no module. */
  readonly service?: ServiceSpec;
  /** The user's init argument. It is used for install and upgrade, and overrides the limits of the schedules. */
  readonly initArg: Uint8Array | undefined;
  /** Wall-clock limit of a message on the embedded engine, in milliseconds. Default: `MESSAGE_MS_DEFAULT`. */
  readonly messageMs?: number | undefined;
}

export interface Subject {
  readonly target: Target;
  /** The limits in the user's init argument, which then apply to every schedule. */
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
  const text = readFileSync(resolve(CANISTER_FOLDER, 'faults.json'), 'utf8');
  return JSON.parse(text) as FaultDescription[];
}

/** @throws InputError if anything that the user named is unusable */
export async function resolveSubject(options: SubjectOptions): Promise<SubjectSpec> {
  const url = serviceUrl(options.target);
  if (url !== undefined) return serviceSubject(url, options);
  if (options.httpToken !== undefined)
    throw new InputError('--http-token requires --target URL, a service that implements docs/http.md');
  const target = await openTarget(options.target);
  const given = (options.fault === undefined ? undefined : options.faultsWasm) ?? options.wasm;
  const fault = options.fault === undefined ? undefined : faultList(options.fault, given === undefined);
  if (options.target !== undefined && given === undefined) {
    throw new InputError('--target requires --wasm with a module that has this interface');
  }
  const path = given ?? (fault === undefined ? BUILT_IN_WASM : FAULTS_WASM);
  const wasm = readCanisterWasm(path, requiredExports(target), target.name);
  const sourceMap = given === options.wasm ? options.sourceMap : undefined;
  if (sourceMap !== undefined) sourceLines(unpackModule(wasm), { sourceMap });
  const initArg = options.initArg === undefined ? undefined : readInitArg(options.initArg);
  if (initArg !== undefined) limitsOf(target, initArg);
  return {
    targetModule: options.target,
    wasm,
    wasmLabel: given ?? relative(PACKAGE_ROOT, path).replaceAll('\\', '/'),
    wasmSha256: createHash('sha256').update(wasm).digest('hex'),
    fault,
    ...(given === undefined ? {} : { isUsers: true, wasmPath: given }),
    sourceMap,
    initArg,
    messageMs: options.messageTime,
  };
}

/** Stands for the unknown module of a service. */
const UNKNOWN_SHA256 = '0'.repeat(64);

async function serviceSubject(url: string, options: SubjectOptions): Promise<SubjectSpec> {
  const foreign = (['wasm', 'initArg', 'fault', 'sourceMap'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (foreign !== undefined) {
    const flag = foreign.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new InputError(`--${flag} is not supported for HTTP services (--target URL)`);
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

/**
 * The names of one or more faults, separated by commas and without spaces.
 * @param isBuiltIn whether they are faults of the reference canister
 * @throws InputError if there is no name, or no such fault of the reference canister
 */
function faultList(text: string, isBuiltIn: boolean): string {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InputError(`--fault "${text}": a name is missing`);
  if (isBuiltIn) for (const name of names) checkFault(name);
  return names.join(',');
}

/** @throws InputError, with similar names, if there is no seeded fault of this name */
export function checkFault(fault: string, known: readonly FaultDescription[] = knownFaults()): void {
  const names = known.map(({ name }) => name);
  if (names.includes(fault)) return;
  const similar = similarNames(fault, names);
  const suggestion = similar.length === 0 ? '' : `did you mean ${similar.join(' or ')}? `;
  throw new InputError(
    `there is no fault "${fault}"; ${suggestion}"npx upload-stress mutants --list" lists all ${names.length}`,
  );
}

/** Minimum similarity of a suggestion, 0 to 1 (Sørensen–Dice coefficient over pairs of letters). */
const SIMILARITY_MIN = 0.5;
const SUGGESTIONS_MAX = 3;

/** The most similar names first. */
function similarNames(name: string, names: readonly string[]): readonly string[] {
  const pairs = (text: string) => {
    const letters = text.toLowerCase().replace(/[^a-z0-9]/g, '');
    return new Set(Array.from(letters.slice(1), (second, place) => `${letters[place]}${second}`));
  };
  const given = pairs(name);
  const similarity = (known: string): number => {
    const own = pairs(known);
    return (2 * [...own].filter((pair) => given.has(pair)).length) / (own.size + given.size);
  };
  return names
    .map((known) => ({ known, similarity: similarity(known) }))
    .filter((candidate) => candidate.similarity >= SIMILARITY_MIN)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, SUGGESTIONS_MAX)
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
  // The earlier version that the built-in target knows is one of the reference canister.
  // eslint-disable-next-line @typescript-eslint/unbound-method -- the method is dropped, not called
  const { olderModule: _, ...withoutOlder } = opened;
  const target = spec.isUsers === true && opened === uploadTarget ? withoutOlder : opened;
  const { initArg } = spec;
  if (initArg === undefined) return { target, fixedLimits: undefined };
  const fixedLimits = limitsOf(target, initArg);
  const promises = withFixedLimits(target.promises, fixedLimits, target.defaultChunkSize);
  const fixed = { encodeInitArg: () => initArg, takesNewLimits: false, promises };
  return { target: { ...target, ...fixed }, fixedLimits };
}

/** A profile with the fixed limits of the subject. Each token of a service is one caller. */
export function subjectProfile(
  name: ProfileName,
  { fixedLimits }: Pick<Subject, 'fixedLimits'>,
  service?: Pick<ServiceSpec, 'callers'>,
): Profile {
  const profile: Profile = PROFILES[name];
  const limited = fixedLimits === undefined ? profile : { ...profile, limits: [fixedLimits] };
  if (service === undefined) return limited;
  const atMost = (count: number) => Math.min(count, service.callers.length);
  return { ...limited, callers: { min: atMost(profile.callers.min), max: atMost(profile.callers.max) } };
}

/** @param path of a module that exports a target, or of a configuration */
async function openTarget(path: string | undefined): Promise<Target> {
  if (path === undefined) return uploadTarget;
  checkTargetModule(path);
  return isConfigFile(path)
    ? targetOfConfig(await loadConfig(resolve(path)))
    : targetOf(await loadTarget(path));
}

async function targetOfConfig(loaded: LoadedConfig): Promise<Target> {
  const { target, canisters } = loaded.config;
  const from = relative(process.cwd(), loaded.file);
  if (target === undefined) throw new InputError(`${from}: it has no target; see docs/config.md`);
  const opened =
    typeof target === 'string'
      ? targetOf(await loadTarget(pathFrom(loaded, target)))
      : targetOf(readyTarget(target, loaded.file, from));
  if (canisters === undefined) return opened;
  const roles = Object.entries(canisters).map(([role, { wasm, faultsWasm, ...rest }]) => {
    const faults = faultsWasm === undefined ? {} : { faultsWasm: pathFrom(loaded, faultsWasm) };
    return [role, { ...rest, wasm: pathFrom(loaded, wasm), ...faults }] as const;
  });
  return { ...opened, canisters: Object.fromEntries(roles) };
}

function targetOf(loaded: LoadedTarget): Target {
  if (loaded.kind === 'target') return loaded.target;
  const [first, ...rest] = loaded.defects;
  throw new InputError(first, { details: rest });
}

/** Empty if the target cannot decode its init argument. Then its default chunk size applies. */
function limitsOf(target: Target, initArg: Uint8Array): Limits {
  try {
    return target.decodeInitArg?.(initArg) ?? {};
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`init argument: target "${target.name}" cannot decode it (${text})`);
  }
}

/** Requests that name nothing which only the canister can create. They show which methods a target calls. */
const SAMPLES: readonly Request[] = [
  {
    op: 'begin',
    capsuleId: '',
    name: 'name',
    mimeType: 'application/octet-stream',
    bytes: 1,
    sha256: new Uint8Array(32),
    expectedChunks: 1,
    key: 'key',
  },
  { op: 'cleanup' },
  { op: 'list' },
  { op: 'stats' },
  { op: 'config' },
];

/** Exports that the target calls, for example `canister_update uploads_begin`. The smoke upload shows whether the others exist. */
export function requiredExports(target: Target): string[] {
  const encoded = SAMPLES.filter(({ op }) => target.operations.has(op)).map((request) =>
    target.encode(request),
  );
  const prepared = target.prepareCaller?.('2vxsx-fae');
  return [...encoded, prepared].flatMap((call) =>
    call?.canister === undefined && call !== undefined ? [`canister_${call.kind} ${call.method}`] : [],
  );
}
