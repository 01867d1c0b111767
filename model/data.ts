/** Schemas that several documents share, and the type of the data that a schema describes. */
import { z } from 'zod';

/** `T` with every field and every array read-only, at any depth. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: DeepReadonly<T[Field]> }
    : T;

/** The data that a schema accepts. */
export type DataOf<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

/** A count, a length in bytes, or an index. */
export const count = z.int().min(0);
export const positiveCount = z.int().min(1);
/** SHA-256, lower-case hex. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
