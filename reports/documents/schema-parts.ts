/** What every document of this program has in common. */
import { z } from 'zod';

/** Nothing of a saved document is changed by who reads it. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

export const count = z.number().int().nonnegative();
export const toolSchema = z.object({ name: z.string(), version: z.string() });
export const wasmSchema = z.object({ file: z.string(), sha256: z.string() });
export const startedAtSchema = z.string().describe('ISO 8601, UTC');
export const durationMsSchema = z.number().nonnegative();
export const environmentSchema = z
  .object({ node: z.string(), platform: z.string(), cpus: count, loadAverage: z.number() })
  .describe('The machine: wall times depend on it');

export type Environment = Immutable<z.infer<typeof environmentSchema>>;
