/** Writes the report schemas to docs/schemas. Run it after a change: `npm run schemas`. */
import { writeFileSync } from 'node:fs';
import { publishedSchemas } from '../documents/documents.js';

for (const [name, schema] of Object.entries(publishedSchemas()))
  writeFileSync(`docs/schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
