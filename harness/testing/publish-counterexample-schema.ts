/** Writes docs/schemas/counterexample.schema.json from the code: `npx tsx harness/testing/publish-counterexample-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { counterexampleJsonSchema } from '../counterexamples/counterexample.js';

export const counterexampleSchemaPath = new URL(
  '../../docs/schemas/counterexample.schema.json',
  import.meta.url,
);

if (import.meta.url === `file://${process.argv[1]}`) {
  writeFileSync(counterexampleSchemaPath, `${JSON.stringify(counterexampleJsonSchema(), null, 2)}\n`);
}
