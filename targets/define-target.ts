/** Builds a target from what its author writes: declarations with defaults, and an adapter or a table of calls. */
import { IDL } from '@icp-sdk/core/candid';
import type { Limits } from '../model/schedule.js';
import type { CandidLibrary, CandidType } from './candid-library.js';
import { candidAdapter, type CandidAdapterOptions } from './candid-calls.js';
import type { Promises } from './promises.js';
import { shapeSchema, type ShapeInput } from './shape.js';
import type { InitContext, Target } from './target.js';

/** Chunk size in bytes for interfaces in which the client chooses it: nearly the largest message, 2 MiB. */
const CHUNK_SIZE_DEFAULT = 1_900_000;

interface Declarations {
  /** How the interface works; every field has a default. */
  readonly shape?: ShapeInput;
  readonly promises: Promises;
}

/** A target with its own adapter. */
export type AdapterDefinition = Omit<Target, 'shape' | 'promises'> & Declarations;

/** A target that is a table of calls on a Candid interface. */
export type CandidDefinition = Omit<
  Target,
  'shape' | 'promises' | 'operations' | 'encode' | 'decode' | 'encodeInitArg' | 'defaultChunkSize'
> &
  Declarations &
  CandidAdapterOptions & {
    /**
     * The types of the init argument, as the interface file exports them; default: none.
     * @param role of the canister to install; `main` is the canister under test
     */
    readonly initTypes?: (library: CandidLibrary, role: string) => readonly CandidType[];
    /** The values of the init argument; default: none. */
    init?(limits: Limits, context: InitContext): readonly unknown[];
    /** Chunk size in bytes when the limits name none; default: the promised one, or 1,900,000. */
    readonly defaultChunkSize?: number;
  };

export type TargetDefinition = AdapterDefinition | CandidDefinition;

/**
 * Creates a target. Editors complete the fields, and the compiler checks them.
 *
 * @example
 * export default defineTarget({
 *   name: 'dropbox',
 *   idl: idlFactory,
 *   promises: { limits: { chunkSize: 1_000_000 }, chunkOrder: 'any', access: { put: 'owner' } },
 *   calls: {
 *     begin: { call: ({ name, bytes }) => ['start', name, BigInt(bytes)], ok: (id) => ({ sessionId: String(id) }) },
 *     put: { call: ({ sessionId, index, data }) => ['chunk', BigInt(sessionId), index, data] },
 *     finish: {
 *       call: ({ sessionId, sha256 }) => ['complete', BigInt(sessionId), sha256],
 *       ok: ({ file }) => ({ blobId: String(file) }),
 *     },
 *   },
 * });
 * @throws Error if the shape has an unknown field or value
 */
export function defineTarget(definition: TargetDefinition): Target {
  const shape = shapeSchema.parse(definition.shape ?? {});
  if (!('calls' in definition)) return { ...definition, shape };
  const { idl, calls, errors, canisterOf, initTypes, promises, defaultChunkSize, ...rest } = definition;
  const typesFor = (role: string) => [...(initTypes?.({ IDL }, role) ?? [])] as unknown as IDL.Type[];
  const { chunkSize } = promises.limits;
  const cutBy = defaultChunkSize ?? (typeof chunkSize === 'number' ? chunkSize : CHUNK_SIZE_DEFAULT);
  // The canister gets the size by which files are cut, also where the limits leave it open: its own default may be another one.
  const complete = (limits: Limits) => (chunkSize === 'init' ? { chunkSize: cutBy, ...limits } : limits);
  return {
    ...rest,
    shape,
    promises,
    defaultChunkSize: cutBy,
    encodeInitArg: (limits, context) =>
      Uint8Array.from(
        IDL.encode(typesFor(context.role), [...(definition.init?.(complete(limits), context) ?? [])]),
      ),
    ...candidAdapter({
      idl,
      calls,
      ...(errors === undefined ? {} : { errors }),
      ...(canisterOf === undefined ? {} : { canisterOf }),
    }),
  };
}
