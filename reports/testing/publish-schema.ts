/** Writes docs/schemas/run-report.schema.json from the code: `npx tsx reports/testing/publish-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { runReportJsonSchema } from '../run-report.js';

writeFileSync('docs/schemas/run-report.schema.json', `${JSON.stringify(runReportJsonSchema(), null, 2)}\n`);
