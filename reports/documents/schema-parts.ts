/** Schema parts that several report documents share. */
import { z } from 'zod';

/** Readers never change a saved document, so every property of a document type is `readonly`. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

export const count = z.number().int().nonnegative();
export const durationMsSchema = z.number().nonnegative();
export const wasmSchema = z.object({ file: z.string(), sha256: z.string() });
export const replicaSchema = z.object({
  name: z.string().describe('embedded or pocketic'),
  version: z.string(),
});
/** Files of earlier versions lack it. */
export const neverSucceededSchema = z
  .array(z.string())
  .default([])
  .describe('Operations that were issued often and never succeeded');
export const startedAtSchema = z.string().describe('ISO 8601, UTC');

const environmentSchema = z
  .object({ node: z.string(), platform: z.string(), cpus: count, loadAverage: z.number() })
  .describe('The machine that ran the command; wall times depend on it');

export type Environment = Immutable<z.infer<typeof environmentSchema>>;

/** The properties that every report document has. */
export function documentHead<Kind extends string, Version extends number>(kind: Kind, version: Version) {
  return {
    formatVersion: z.literal(version),
    kind: z.literal(kind),
    tool: z.object({ name: z.string(), version: z.string() }),
    startedAt: startedAtSchema,
    durationMs: durationMsSchema,
    environment: environmentSchema,
  };
}
