/** `coverage.json`: which functions, basic blocks, and branches of the modules a campaign reached, and why others were not. */
import { z } from 'zod';
import { count, documentHead, wasmSchema, type Immutable } from './schema-parts.js';

export const COVERAGE_FORMAT_VERSION = 1;

const share = z.object({ reached: count, total: count });

/** Why a function was not reached. */
export const UNREACHED_REASONS = ['not-called', 'not-provoked', 'indirect', 'no-caller'] as const;

const coveredFunction = z.object({
  index: count.describe('Index in the module, including imports'),
  name: z
    .string()
    .nullable()
    .describe('From the name section, demangled; null if the module does not name it'),
  exports: z.array(z.string()).describe('The methods and system entry points that it implements'),
  calls: count.describe('Number of times that it was entered'),
  blocks: share.describe('Basic blocks that a path leads to'),
  branches: share.describe(
    'Outcomes of conditional branches: two for each if and br_if, one for each target of a br_table',
  ),
  reason: z
    .enum(UNREACHED_REASONS)
    .nullable()
    .describe(
      'null if it was reached. not-called: only methods and entry points that never ran lead to it. not-provoked: code that was reached ' +
        'calls it, under a condition that never held. indirect: only a table refers to it. no-caller: nothing in the module calls it',
    ),
  onlyFor: z.array(z.string()).describe('not-called: the methods and entry points that lead to it'),
});

const coveredFile = z.object({
  path: z.string().describe('Relative to the working folder if it is inside, else as the compiler saw it'),
  lines: z
    .array(z.object({ line: count, count }))
    .describe('Lines with code, and how often each was reached'),
  functions: z.array(z.object({ name: z.string(), line: count, calls: count })),
  branches: z.array(z.object({ line: count, outcomes: z.array(count) })),
});

const coveredModule = z.object({
  name: z.string().describe('The path of the module, or the role of the canister'),
  sha256: z.string(),
  functions: share,
  blocks: share,
  branches: share,
  notCalled: z.array(z.string()).describe('Methods and system entry points that never ran'),
  files: z
    .array(coveredFile)
    .default([])
    .describe('Source files, without those of toolchains and libraries; empty without debug information'),
  functionList: z.array(coveredFunction).describe('Exported functions first, then the others by index'),
});

export const coverageReportSchema = z
  .object({
    ...documentHead('coverage', COVERAGE_FORMAT_VERSION),
    wasm: wasmSchema.extend({ fault: z.string().nullable() }),
    target: z.string(),
    profile: z.string(),
    seed: z.int(),
    runs: count.describe('Schedules of the campaign; shrinking, relations, and repetitions count as well'),
    interrupted: z.boolean(),
    modules: z.array(coveredModule).describe('The module under test first'),
  })
  .describe('Coverage of upload-stress run --coverage');

export type CoverageReport = Immutable<z.infer<typeof coverageReportSchema>>;
export type CoveredModule = CoverageReport['modules'][number];
export type CoveredFile = CoveredModule['files'][number];
export type CoveredFunction = CoveredModule['functionList'][number];
export type UnreachedReason = (typeof UNREACHED_REASONS)[number];
