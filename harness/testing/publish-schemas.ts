/** Writes the schemas of the harness to docs/schemas: `npm run schemas`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { counterexampleSchema } from '../counterexamples/counterexample.js';
import { historySchema } from '../history/history.js';

/** @param reused whether a schema that occurs several times is repeated or referenced */
function published(
  name: string,
  schema: z.ZodType,
  reused: 'inline' | 'ref',
): { readonly path: string; readonly schema: unknown } {
  const path = fileURLToPath(new URL(`../../docs/schemas/${name}.schema.json`, import.meta.url));
  return { path, schema: z.toJSONSchema(schema, { target: 'draft-2020-12', reused }) };
}

export const publishedSchemas = [
  published('counterexample', counterexampleSchema, 'inline'),
  published('history', historySchema, 'ref'),
];

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const { path, schema } of publishedSchemas)
    writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
}
