/**
 * The JSON documents that commands write to their output folder, one kind per command. Every other report in the folder is rendered
 * from these documents.
 */
import { z } from 'zod';
import { InputError } from '../../harness/input-error.js';
import { readJsonFile } from '../../harness/files/json-file.js';
import { BENCH_FORMAT_VERSION, benchReportSchema, type BenchReport } from './bench-report.js';
import { COVERAGE_FORMAT_VERSION, coverageReportSchema, type CoverageReport } from './coverage-report.js';
import { EXPLORE_FORMAT_VERSION, exploreReportSchema, type ExploreReport } from './explore-report.js';
import { GATE_FORMAT_VERSION, gateReportSchema, historyEntrySchema, type GateReport } from './gate-report.js';
import { MUTANTS_FORMAT_VERSION, mutantsReportSchema, type MutantsReport } from './mutants-report.js';
import { MUTATION_FORMAT_VERSION, mutationReportSchema, type MutationReport } from './mutation-report.js';
import { PROBE_FORMAT_VERSION, probeReportSchema, type ProbeReport } from './probe-report.js';
import { RUN_REPORT_FORMAT_VERSION, runReportSchema, type RunReport } from './run-report.js';
import { SCALING_FORMAT_VERSION, scalingReportSchema, type ScalingReport } from './scaling-report.js';

export interface DocumentByKind {
  readonly run: RunReport;
  readonly mutants: MutantsReport;
  readonly gate: GateReport;
  readonly bench: BenchReport;
  readonly scaling: ScalingReport;
  readonly probe: ProbeReport;
  readonly explore: ExploreReport;
  readonly coverage: CoverageReport;
  readonly mutation: MutationReport;
}
export type DocumentKind = keyof DocumentByKind;
export type ReportDocument = DocumentByKind[DocumentKind];
/** The documents of one folder, at most one of each kind. */
export type Documents = Partial<DocumentByKind>;

interface DocumentKindInfo {
  readonly fileName: string;
  readonly formatVersion: number;
  readonly schema: z.ZodType;
  /** The command that writes the document. */
  readonly command: string;
}

/** In the order of the sections on the page. */
export const DOCUMENT_KIND_INFO: Readonly<Record<DocumentKind, DocumentKindInfo>> = {
  run: {
    fileName: 'run.json',
    formatVersion: RUN_REPORT_FORMAT_VERSION,
    schema: runReportSchema,
    command: 'upload-stress run',
  },
  mutants: {
    fileName: 'mutants.json',
    formatVersion: MUTANTS_FORMAT_VERSION,
    schema: mutantsReportSchema,
    command: 'upload-stress mutants',
  },
  gate: {
    fileName: 'gate.json',
    formatVersion: GATE_FORMAT_VERSION,
    schema: gateReportSchema,
    command: 'upload-stress gate',
  },
  bench: {
    fileName: 'bench.json',
    formatVersion: BENCH_FORMAT_VERSION,
    schema: benchReportSchema,
    command: 'upload-stress bench',
  },
  scaling: {
    fileName: 'scaling.json',
    formatVersion: SCALING_FORMAT_VERSION,
    schema: scalingReportSchema,
    command: 'upload-stress bench --scaling',
  },
  probe: {
    fileName: 'probe.json',
    formatVersion: PROBE_FORMAT_VERSION,
    schema: probeReportSchema,
    command: 'upload-stress probe',
  },
  explore: {
    fileName: 'explore.json',
    formatVersion: EXPLORE_FORMAT_VERSION,
    schema: exploreReportSchema,
    command: 'upload-stress explore',
  },
  coverage: {
    fileName: 'coverage.json',
    formatVersion: COVERAGE_FORMAT_VERSION,
    schema: coverageReportSchema,
    command: 'upload-stress run --coverage',
  },
  mutation: {
    fileName: 'mutation.json',
    formatVersion: MUTATION_FORMAT_VERSION,
    schema: mutationReportSchema,
    command: 'upload-stress mutate',
  },
};

export const documentKinds = Object.keys(DOCUMENT_KIND_INFO) as readonly DocumentKind[];

/** Returns the JSON Schemas, keyed by their file names in docs/schemas. */
export function publishedSchemas(): Readonly<Record<string, unknown>> {
  const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { target: 'draft-2020-12' });
  return {
    ...Object.fromEntries(
      documentKinds.map((kind) => [
        `${kind}-report.schema.json`,
        jsonSchema(DOCUMENT_KIND_INFO[kind].schema),
      ]),
    ),
    'gate-history.schema.json': jsonSchema(historyEntrySchema),
  };
}

/** Each shard of a gate has its own file name, so that one folder can hold all shards. */
export function fileNameOf(document: ReportDocument): string {
  if (document.kind === 'gate' && document.shard.count > 1)
    return `gate-${document.shard.index}-of-${document.shard.count}.json`;
  return DOCUMENT_KIND_INFO[document.kind].fileName;
}

/** @throws z.ZodError if the document violates its own schema and could not be read back */
export function encodeDocument(document: ReportDocument): string {
  return `${JSON.stringify(DOCUMENT_KIND_INFO[document.kind].schema.parse(document), null, 2)}\n`;
}

/** @throws InputError with one line if the file is missing, is not JSON, has a newer format version, or is not a report document */
export async function readDocument(path: string): Promise<ReportDocument> {
  return decodeDocument(await readJsonFile(path, 'report'), path);
}

/** @throws InputError for the same reasons as `readDocument`, and if the document has another kind */
export async function readDocumentOf<K extends DocumentKind>(
  kind: K,
  path: string,
): Promise<DocumentByKind[K]> {
  const document = await readDocument(path);
  if (document.kind === kind) return document as DocumentByKind[K];
  throw new InputError(
    `report ${path}: expected a document of ${DOCUMENT_KIND_INFO[kind].command}, found one of ${DOCUMENT_KIND_INFO[document.kind].command}`,
  );
}

function decodeDocument(value: unknown, path: string): ReportDocument {
  const kind = kindOf(value);
  if (kind === undefined)
    throw new InputError(
      `report ${path}: not a report document; pass ${documentKinds.map((each) => DOCUMENT_KIND_INFO[each].fileName).join(', ')}, or a folder that contains them`,
    );
  const { formatVersion, schema, command } = DOCUMENT_KIND_INFO[kind];
  const version = (value as { readonly formatVersion?: unknown }).formatVersion;
  if (typeof version === 'number' && version > formatVersion)
    throw new InputError(
      `report ${path}: format version ${version} is newer than the supported version ${formatVersion}; ` +
        `use the upload-stress version that wrote the file, or a newer one`,
    );
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as ReportDocument;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `report ${path}: not a valid document of ${command}: ${where}${issue?.message ?? 'wrong shape'}`,
  );
}

/** The first documents of a run have no `kind`; they are recognised by their other properties. */
function kindOf(value: unknown): DocumentKind | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { kind, formatVersion, counterexamples } = value as Readonly<Record<string, unknown>>;
  if (kind === undefined)
    return formatVersion !== undefined && counterexamples !== undefined ? 'run' : undefined;
  return documentKinds.find((each) => each === kind);
}
