import schema from 'mutation-testing-report-schema/mutation-testing-report-schema.json' with { type: 'json' };
import { expect, it } from 'vitest';
import { z } from 'zod';
import { sampleMutation } from '../testing/sample-code-reports.js';
import { renderMutationElements } from './mutation-elements.js';

it('writes a report that viewers of StrykerJS accept, with each mutant in the line of its instruction', () => {
  const text = renderMutationElements(sampleMutation());
  const document = JSON.parse(text) as {
    readonly files: Readonly<
      Record<
        string,
        {
          readonly source: string;
          readonly mutants: readonly {
            readonly status: string;
            readonly location: { readonly start: { readonly line: number } };
          }[];
        }
      >
    >;
  };
  expect(z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(document).error).toBe(
    undefined,
  );
  const [file] = Object.values(document.files);
  const lines = file?.source.split('\n') ?? [];
  expect(lines).toContain(';; canister_update begin');
  for (const { location } of file?.mutants ?? [])
    expect(lines[location.start.line - 1]).toContain('i32.lt_u');
  expect(file?.mutants.map(({ status }) => status)).toEqual([
    'Survived',
    'Survived',
    'NoCoverage',
    'Killed',
    'Killed',
  ]);
});
