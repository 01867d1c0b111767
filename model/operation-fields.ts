/** The fields that operations consist of: schemas, and the types that follow from them. */
import { z } from 'zod';
import { count, type DataOf } from './data.js';

/** A lane's name for a session: `A`, `B`, …. A successful `begin` binds it to the canister's session id. */
export type SessionLabel = string;
/** A lane's name for a memory: `M`, `M2`, …. The label of a session also names the memory that its finish created. */
export type MemoryLabel = string;
/** Index into the schedule's callers. */
export type CallerIndex = number;

export const sessionLabel = z
  .string()
  .min(1)
  .describe('Label of a session, bound to the id that `begin` returns');
export const memoryLabel = z
  .string()
  .min(1)
  .describe('Label of a memory, or of the session whose finish created the memory');
export const callerIndex = count.describe('Index of a caller');

/**
 * The interface that carries an operation; absent: the canister's Candid methods. `http`: over HTTP with the caller's token.
 * `http-no-token`: over HTTP without a token.
 */
export type Via = z.output<typeof via>;
const via = z
  .enum(['http', 'http-no-token'])
  .describe("Over HTTP, with the caller's token or without a token; absent: by the Candid methods");

/** Every operation that is available over HTTP has this field. */
export const overHttp = { via: via.exactOptional() };

/** Another caller than the owner of what the operation names. */
export const byIntruder = {
  by: callerIndex.describe('An intruder who calls in place of the owner').exactOptional(),
};

/** An upload that the canister does not know. */
export const ofNobody = {
  unknown: z
    .literal(true)
    .describe('Name an id that no begin has returned, in place of the id of the session')
    .exactOptional(),
};

/**
 * The bytes that a put sends: the right ones, the right ones with one byte flipped, one byte too few, one byte too many, none, or
 * the right bytes of another index.
 */
export type ChunkData = DataOf<typeof chunkData>;
export const chunkData = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('right') }),
  z.strictObject({ kind: z.literal('flipped'), at: z.int() }),
  z.strictObject({ kind: z.literal('short') }),
  z.strictObject({ kind: z.literal('long') }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('of-index'), index: count }),
]);

/** The hash that a finish sends. `hashArgumentBytes` in `content.ts` defines each kind. */
export type HashArgument = z.output<typeof hashArgument>;
export const hashArgument = z.enum(['right', 'flipped', 'other-file', 'short', 'empty']);

export type AssetKind = z.output<typeof assetKind>;
export const assetKind = z.enum(['Original', 'Display', 'Thumb', 'Placeholder']);
export const ASSET_KINDS = assetKind.options;

/** An asset of a memory: the blob that a session's finish created, or inline bytes of this length. */
export type AssetSource = DataOf<typeof assetSource>;
export const assetSource = z.union([
  z.strictObject({
    kind: assetKind,
    blobOf: sessionLabel.describe('The session whose finish created the blob'),
  }),
  z.strictObject({ kind: assetKind, inlineBytes: count.describe('Length of the inline content in bytes') }),
]);

const CHUNK_DATA_TEXTS: {
  readonly [Kind in ChunkData['kind']]: (data: Extract<ChunkData, { kind: Kind }>) => string;
} = {
  right: () => '',
  flipped: ({ at }) => ` with byte ${at} flipped`,
  short: () => ' one byte short',
  long: () => ' one byte too long',
  empty: () => ' with no bytes',
  'of-index': ({ index }) => ` with the bytes of chunk ${index}`,
};

/** ` with byte 3 flipped`; empty for the right bytes. */
export function chunkDataText(data: ChunkData): string {
  const text = CHUNK_DATA_TEXTS[data.kind] as (data: ChunkData) => string;
  return text(data);
}

export function assetSourceText(asset: AssetSource): string {
  return 'blobOf' in asset
    ? `${asset.kind}: the blob of ${asset.blobOf}`
    : `${asset.kind}: ${asset.inlineBytes} inline bytes`;
}

/** ` with length +1`; empty for zero. */
export function offsetText(what: string, offset: number): string {
  return offset === 0 ? '' : ` with ${what} ${offset > 0 ? '+' : ''}${offset}`;
}
