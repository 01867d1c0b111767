/**
 * The shape of an upload interface: how a client talks to the canister. Plain data. Each field has a default, so a target states only
 * how its interface differs from begin, put by index, finish, read by chunk.
 */
import { z } from 'zod';
import type { DataOf } from '../model/data.js';

export const shapeSchema = z.strictObject({
  /**
   * What identifies an upload. `server`: the id that `begin` returns. `key`: a key that the client chooses (the session's id is the
   * request's `key`). `name`: the name of the file; there is no session.
   */
  session: z.enum(['server', 'key', 'name']).default('server'),
  /**
   * Whose keys and names these are. `caller`: every caller has its own, so that equal keys of two callers are two uploads. `shared`:
   * the key of one caller is taken for all others.
   */
  keySpace: z.enum(['caller', 'shared']).default('caller'),
  /** `implied`: the first put begins the upload, and the interface has no call for it. Needs `session` `key` or `name`. */
  begin: z.enum(['explicit', 'implied']).default('explicit'),
  /**
   * How a put names its place in the file. `receipt`: it does not; it returns an id, and the finish lists the ids in order. `append`:
   * it does not; the bytes follow those that the upload already has.
   */
  address: z.enum(['index', 'offset', 'receipt', 'append']).default('index'),
  /** `implied`: the put that completes the file finishes the upload. `list`: the finish lists what the puts returned. */
  finish: z.enum(['explicit', 'implied', 'list']).default('explicit'),
  /**
   * How a file is read. `chunks`: `readMeta`, then `readChunk` by index. `range`: `readMeta`, then `readChunk` by byte offset and
   * length. `whole`: `readWhole` in one reply. `parts`: `readWhole`, whose reply names the call that returns the next part, as in
   * `http_request` with a streaming callback. `none`: files are not read.
   */
  read: z.enum(['chunks', 'range', 'whole', 'parts', 'none']).default('chunks'),
  /**
   * The id by which a file is read: `blob`, the id in the result of the finish; `session`, the id of its upload (the key or the name);
   * `memory`, the id of the memory that the finish created.
   */
  readBy: z.enum(['blob', 'session', 'memory']).default('blob'),
  /** Whether `begin` names the number of chunks, which may be wrong. */
  countsChunks: z.boolean().default(false),
  /** Whether a finish sends the SHA-256 of the file. */
  finishTakesHash: z.boolean().default(true),
  /** Whether a finish sends the length of the file. */
  finishTakesLength: z.boolean().default(false),
});

/** The shape with every default filled in. */
export type Shape = DataOf<typeof shapeSchema>;
/** The shape as a target writes it. */
export type ShapeInput = z.input<typeof shapeSchema>;
