/**
 * The table of operations: one row defines everything that the rooms need to know about one operation. The type `Operation`, its
 * schema, its texts, and every set of operation names follow from the rows. What a row cannot hold (how a target encodes the
 * operation, what the model allows) is in switches without a default and in exhaustive records: after a new row the compiler names
 * each of these places.
 */
import { z } from 'zod';
import { count, positiveCount, type DataOf } from './data.js';
import {
  assetSource,
  assetSourceText,
  byIntruder,
  callerIndex,
  chunkData,
  chunkDataText,
  hashArgument,
  memoryLabel,
  ofNobody,
  offsetText,
  overHttp,
  sessionLabel,
  type Via,
} from './operation-fields.js';
import type { SessionState } from './result.js';

/**
 * What an operation is about. A success of `new session` and `new memory` binds the operation's label. `blob` is the blob that the
 * finish of the session created.
 */
export type Subject = 'new session' | 'session' | 'blob' | 'new memory' | 'memory' | 'caller';

/**
 * State beyond the operation's own subject that it reads or changes: idempotency keys and the number of active sessions of its
 * caller; memories and the blobs they refer to; all sessions of its caller; the files of its caller; the whole canister.
 */
export type SharedState = 'keys' | 'memories' | 'own sessions' | 'files' | 'canister';

interface OperationTraits {
  readonly subject: Subject;
  /** `read`: it changes nothing, and targets issue it as a query. Reads and operations that bind a label are never held. */
  readonly access: 'read' | 'write';
  readonly touches: readonly SharedState[];
  /** State of the session after a success. */
  readonly leaves?: SessionState;
  /** A success releases memory, so the interpreter records memory sizes after it. */
  readonly releases?: true;
  /** Generators issue it from intruders and in the middle of a finish, too (`INTERFERENCES` in `generators/fault.ts`). */
  readonly interferes?: true;
  /** Requests to the target that it consists of; default: one of its own name. */
  readonly requests?: readonly string[];
}

interface OperationTexts<Fields extends z.ZodRawShape> {
  /** Follows the subject directly: `[3]` in `put A[3]`. */
  readonly part?: (operation: DataOf<z.ZodObject<Fields>>) => string;
  /** Arguments that describe the operation in full: ` with hash flipped`. */
  readonly detail?: (operation: DataOf<z.ZodObject<Fields>>, shown: ShownParts) => string;
}

/** What a text about an operation may name. */
export interface ShownParts {
  /** The files of the schedule. Without them, a file is shown by its index. */
  readonly files?: readonly { readonly name: string; readonly bytes: number }[] | undefined;
  /** If false, keys are left out, because the interface has none. */
  readonly keys?: boolean | undefined;
}

/** @param fields the operation's fields besides `op`; those with `overHttp` are available over HTTP */
function row<const Fields extends z.ZodRawShape, const Traits extends OperationTraits>(
  fields: Fields,
  traits: Traits,
  texts: OperationTexts<Fields> = {},
) {
  return { ...traits, fields, texts };
}

const onSession = { session: sessionLabel, ...byIntruder };
const onMemory = { memory: memoryLabel, ...byIntruder };
const byCaller = { caller: callerIndex };
const inCapsule = {
  /** Absent: the caller's own capsule. */
  capsuleOf: callerIndex.describe('Use the capsule of this caller').exactOptional(),
};

function capsuleText({ capsuleOf }: { readonly capsuleOf?: number }): string {
  return capsuleOf === undefined ? '' : `, in the capsule of caller ${capsuleOf}`;
}

const NAME_CHARACTERS_MAX = 60;

/** `file "photo.jpg" of 150 B`; with its index if another file has the same name, and only its index if the files are not known. */
function fileText(file: number, files: ShownParts['files'] = []): string {
  const recipe = files[file];
  if (recipe === undefined) return `file ${file}`;
  const { name, bytes } = recipe;
  const isShared = files.some((other) => other !== recipe && other.name === name);
  const shown = name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}…` : name;
  return `file ${isShared ? `${file}, ` : ''}${JSON.stringify(shown)} of ${bytes} B`;
}

export const OPERATIONS = {
  begin: row(
    {
      session: sessionLabel,
      /** Index into `Schedule.files`. */
      file: count.describe("Index into the schedule's files"),
      ...byCaller,
      /** Several sessions may share a key on purpose. */
      key: z.string().describe('Idempotency key'),
      /** Added to the right number of chunks; absent: 0. */
      chunksOff: z.int().describe('Added to the right number of chunks').exactOptional(),
      /** For interfaces in which the client chooses the chunk size; absent: the one in force. */
      chunkSize: positiveCount
        .describe('Length of the chunks in bytes; absent: the one in force')
        .exactOptional(),
      ...inCapsule,
      ...overHttp,
    },
    { subject: 'new session', access: 'write', touches: ['keys'], leaves: 'Initiated' },
    {
      detail: ({ file, caller, key, chunksOff = 0, chunkSize, ...rest }, { files, keys = true }) => {
        const chunks = chunksOff === 0 ? '' : `, chunks ${chunksOff > 0 ? '+' : ''}${chunksOff}`;
        const cut = chunkSize === undefined ? '' : `, chunks of ${chunkSize} B`;
        const named = keys ? `, key "${key}"` : '';
        return ` (${fileText(file, files)}, caller ${caller}${named}${chunks}${cut}${capsuleText(rest)})`;
      },
    },
  ),
  put: row(
    { session: sessionLabel, index: count, data: chunkData, ...byIntruder, ...ofNobody, ...overHttp },
    { subject: 'session', access: 'write', touches: [], leaves: 'Uploading', interferes: true },
    { part: ({ index }) => `[${index}]`, detail: ({ data }) => chunkDataText(data) },
  ),
  finish: row(
    {
      session: sessionLabel,
      hash: hashArgument,
      /** Added to the right length in bytes. */
      lengthOff: z.int().describe('Added to the right length'),
      ...byIntruder,
      ...ofNobody,
      ...overHttp,
    },
    {
      subject: 'session',
      access: 'write',
      touches: ['keys', 'memories'],
      leaves: 'Completed',
      interferes: true,
    },
    {
      detail: ({ hash, lengthOff }) =>
        `${hash === 'right' ? '' : ` with hash ${hash}`}${offsetText('length', lengthOff)}`,
    },
  ),
  abort: row(
    { ...onSession, ...ofNobody, ...overHttp },
    {
      subject: 'session',
      access: 'write',
      touches: ['keys'],
      leaves: 'Cancelled',
      releases: true,
      interferes: true,
    },
  ),
  pause: row(
    { ...onSession, ...overHttp },
    { subject: 'session', access: 'write', touches: [], leaves: 'Paused', interferes: true },
  ),
  resume: row(
    { ...onSession, ...overHttp },
    { subject: 'session', access: 'write', touches: [], leaves: 'Uploading', interferes: true },
  ),
  status: row(
    { ...onSession, ...overHttp },
    { subject: 'session', access: 'read', touches: [], interferes: true },
  ),
  /** Reads the size and every chunk of the blob, and hashes them; over HTTP those of the memory that the finish created. */
  read: row(
    { ...onSession, ...overHttp },
    {
      subject: 'blob',
      access: 'read',
      touches: ['memories'],
      interferes: true,
      requests: ['readMeta', 'readChunk'],
    },
  ),
  /** Reads the blob in one reply, and hashes it. */
  readWhole: row(onSession, { subject: 'blob', access: 'read', touches: ['memories'], interferes: true }),
  memory: row(
    { memory: memoryLabel, ...byCaller, assets: z.array(assetSource), ...inCapsule },
    { subject: 'new memory', access: 'write', touches: ['memories'] },
    {
      detail: ({ assets, caller, ...rest }) =>
        ` of ${assets.length === 0 ? 'nothing' : assets.map(assetSourceText).join(', ')} (caller ${caller}${capsuleText(rest)})`,
    },
  ),
  readMemory: row(onMemory, { subject: 'memory', access: 'read', touches: ['memories'] }),
  deleteMemory: row(
    { ...onMemory, ...overHttp },
    { subject: 'memory', access: 'write', touches: ['memories'], releases: true },
  ),
  /** Frees what the caller's expired sessions hold. */
  cleanup: row(byCaller, { subject: 'caller', access: 'write', touches: ['own sessions'], releases: true }),
  /** Lists the files of the caller. */
  listFiles: row(byCaller, { subject: 'caller', access: 'read', touches: ['files'] }),
  /** What counts towards the quota of the caller. A canister may ask others first, so it need not be a query. */
  usage: row(byCaller, { subject: 'caller', access: 'write', touches: ['own sessions', 'files'] }),
  /** Lists the caller's sessions. */
  list: row(byCaller, { subject: 'caller', access: 'read', touches: ['keys'] }),
  listMemories: row(byCaller, { subject: 'caller', access: 'read', touches: ['memories'] }),
  stats: row(byCaller, { subject: 'caller', access: 'read', touches: ['canister'] }),
  config: row(byCaller, { subject: 'caller', access: 'read', touches: [] }),
} as const;

type Table = typeof OPERATIONS;
export type OperationName = keyof Table;

type OperationOf<Name extends OperationName> = Table[Name] extends {
  readonly fields: infer Fields extends z.ZodRawShape;
}
  ? DataOf<z.ZodObject<{ readonly op: z.ZodLiteral<Name> } & Fields>>
  : never;

/** An operation as a lane issues it. */
export type Operation = { [Name in OperationName]: OperationOf<Name> }[OperationName];

/** The names of the operations whose row has these traits. */
export type OperationNameWith<Traits> = {
  [Name in OperationName]: Table[Name] extends Traits ? Name : never;
}[OperationName];

/** The requests to the target that an operation consists of. */
type RequestNameOf<Name extends OperationName> = {
  [One in Name]: Table[One] extends { readonly requests: readonly (infer Request)[] } ? Request : One;
}[Name];

export type RequestName = RequestNameOf<OperationName>;
export type HttpRequestName = RequestNameOf<OperationNameWith<{ readonly fields: typeof overHttp }>>;
export type SessionOperationName = OperationNameWith<{ readonly subject: 'session' | 'blob' }>;
export type WriteName = OperationNameWith<{ readonly access: 'write' }>;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** The table with every row of one type, for access by a name that is not known in advance. */
const ROWS: Readonly<Record<OperationName, ReturnType<typeof row>>> = OPERATIONS as never;

function namesWhere(holds: (name: OperationName) => boolean): ReadonlySet<OperationName> {
  return new Set(OPERATION_NAMES.filter(holds));
}

export const HTTP_OPERATIONS = namesWhere((name) => 'via' in ROWS[name].fields);
export const READ_OPERATIONS = namesWhere((name) => ROWS[name].access === 'read');
/** Operations after which memory sizes are recorded. */
export const RELEASING_OPERATIONS = namesWhere((name) => ROWS[name].releases === true);
/** Operations whose label is bound by their success: later steps of the lane depend on it. */
export const BINDING_OPERATIONS = namesWhere((name) => ROWS[name].subject.startsWith('new '));

/** Whether the operation names an existing session. */
export function isOnSession(name: OperationName): name is SessionOperationName {
  const { subject } = ROWS[name];
  return subject === 'session' || subject === 'blob';
}

export function isWrite(name: OperationName): name is WriteName {
  return !READ_OPERATIONS.has(name);
}

/** The requests to the target that an operation consists of. */
export function requestsOf(name: OperationName): readonly RequestName[] {
  return (ROWS[name].requests ?? [name]) as readonly RequestName[];
}

export const REQUEST_NAMES: readonly RequestName[] = OPERATION_NAMES.flatMap(requestsOf);

/** The state of the session after a success; `undefined` if the operation does not change it. */
export function stateAfter(name: OperationName): SessionState | undefined {
  return ROWS[name].leaves;
}

export function touches(name: OperationName, state: SharedState): boolean {
  return ROWS[name].touches.includes(state);
}

/** Whether the operation depends on sessions or memories that it does not name. */
export function isWide(name: OperationName): boolean {
  return touches(name, 'canister') || (touches(name, 'memories') && !isOnSession(name));
}

const schemas: unknown = OPERATION_NAMES.map((name) =>
  z.strictObject({ op: z.literal(name), ...ROWS[name].fields }),
);

export const operationSchema = z.discriminatedUnion(
  'op',
  schemas as [z.ZodObject],
) as unknown as z.ZodType<Operation>;

/** The interface that carries the operation; `undefined`: the Candid methods. */
export function viaOf(operation: Operation): Via | undefined {
  return 'via' in operation ? operation.via : undefined;
}

/** Whether the operation names an id that no begin has returned. */
export function isOfUnknown(operation: Operation): boolean {
  return 'unknown' in operation;
}

/** The short label of an operation: `begin A`, `put A[3]`, `finish A over HTTP`, `list by caller 0`. */
export function operationText(operation: Operation): string {
  return `${labelOf(operation)}${interfaceText(operation)}`;
}

/** The label with every argument: `put A[3] with byte 7 flipped by caller 1`. */
export function describeOperation(operation: Operation, shown: ShownParts = {}): string {
  const detail = ROWS[operation.op].texts.detail?.(operation, shown) ?? '';
  const by = 'by' in operation ? ` by caller ${operation.by}` : '';
  const unknown = isOfUnknown(operation) ? ' with an unknown id' : '';
  return `${labelOf(operation)}${detail}${unknown}${by}${interfaceText(operation)}`;
}

function labelOf(operation: Operation): string {
  const part = ROWS[operation.op].texts.part?.(operation) ?? '';
  if ('session' in operation) return `${operation.op} ${operation.session}${part}`;
  if ('memory' in operation) return `${operation.op} ${operation.memory}${part}`;
  return `${operation.op} by caller ${operation.caller}${part}`;
}

/** ` over HTTP`; empty for the Candid methods. */
export function interfaceText(operation: Operation): string {
  const via = viaOf(operation);
  if (via === undefined) return '';
  return via === 'http' ? ' over HTTP' : ' over HTTP without a token';
}
