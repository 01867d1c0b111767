/**
 * The documents that commands leave in their output folder, one kind for each command: what it did and found, as plain JSON. Everything
 * else in the folder is drawn from them.
 */
import { z } from 'zod';
import { InputError } from '../../harness/input-error.js';
import { readJsonFile } from '../../harness/files/json-file.js';
import { BENCH_FORMAT_VERSION, benchReportSchema, type BenchReport } from './bench-report.js';
import { GATE_FORMAT_VERSION, gateReportSchema, historyEntrySchema, type GateReport } from './gate-report.js';
import { MUTANTS_FORMAT_VERSION, mutantsReportSchema, type MutantsReport } from './mutants-report.js';
import { RUN_REPORT_FORMAT_VERSION, runReportSchema, type RunReport } from './run-report.js';
import { SCALING_FORMAT_VERSION, scalingReportSchema, type ScalingReport } from './scaling-report.js';

export interface DocumentByKind {
  readonly run: RunReport;
  readonly mutants: MutantsReport;
  readonly gate: GateReport;
  readonly bench: BenchReport;
  readonly scaling: ScalingReport;
}
export type DocumentKind = keyof DocumentByKind;
export type ReportDocument = DocumentByKind[DocumentKind];
/** At most one of each kind: what a folder holds and a page shows. */
export type Documents = Partial<DocumentByKind>;

interface DocumentKindInfo {
  readonly fileName: string;
  readonly formatVersion: number;
  readonly schema: z.ZodType;
  /** Whose result it is, in words. */
  readonly command: string;
}

/** In the order in which a page shows them. */
export const DOCUMENT_KIND_INFO: Readonly<Record<DocumentKind, DocumentKindInfo>> = {
  run: {
    ...{ fileName: 'run.json', formatVersion: RUN_REPORT_FORMAT_VERSION, schema: runReportSchema },
    command: 'upload-stress run',
  },
  mutants: {
    ...{ fileName: 'mutants.json', formatVersion: MUTANTS_FORMAT_VERSION, schema: mutantsReportSchema },
    command: 'upload-stress mutants',
  },
  gate: {
    ...{ fileName: 'gate.json', formatVersion: GATE_FORMAT_VERSION, schema: gateReportSchema },
    command: 'upload-stress gate',
  },
  bench: {
    ...{ fileName: 'bench.json', formatVersion: BENCH_FORMAT_VERSION, schema: benchReportSchema },
    command: 'upload-stress bench',
  },
  scaling: {
    ...{ fileName: 'scaling.json', formatVersion: SCALING_FORMAT_VERSION, schema: scalingReportSchema },
    command: 'upload-stress bench --scaling',
  },
};

export const documentKinds = Object.keys(DOCUMENT_KIND_INFO) as readonly DocumentKind[];

/** JSON Schemas by the names of their files in docs/schemas. */
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

/** A part of a gate has a name of its own, so that parts can lie in one folder. */
export function fileNameOf(document: ReportDocument): string {
  if (document.kind === 'gate' && document.shard.count > 1)
    return `gate-${document.shard.index}-of-${document.shard.count}.json`;
  return DOCUMENT_KIND_INFO[document.kind].fileName;
}

/** @throws z.ZodError if it is not of its own schema: a document that could not be read back is not written */
export function encodeDocument(document: ReportDocument): string {
  return `${JSON.stringify(DOCUMENT_KIND_INFO[document.kind].schema.parse(document), null, 2)}\n`;
}

/** @throws InputError, one line, if the file is missing, no JSON, of a newer format, or no document of this program */
export async function readDocument(path: string): Promise<ReportDocument> {
  return decodeDocument(await readJsonFile(path, 'report'), path);
}

/** @throws InputError, as above, and if it is a document of another kind */
export async function readDocumentOf<K extends DocumentKind>(
  kind: K,
  path: string,
): Promise<DocumentByKind[K]> {
  const document = await readDocument(path);
  if (document.kind === kind) return document as DocumentByKind[K];
  throw new InputError(
    `report ${path}: it is a result of ${DOCUMENT_KIND_INFO[document.kind].command}, not of ${DOCUMENT_KIND_INFO[kind].command}`,
  );
}

function decodeDocument(value: unknown, path: string): ReportDocument {
  const kind = kindOf(value);
  if (kind === undefined)
    throw new InputError(
      `report ${path}: it is no result of this program; give a ${documentKinds.map((each) => DOCUMENT_KIND_INFO[each].fileName).join(', ')} or a folder with some of them`,
    );
  const { formatVersion, schema, command } = DOCUMENT_KIND_INFO[kind];
  const version = (value as { readonly formatVersion?: unknown }).formatVersion;
  if (typeof version === 'number' && version > formatVersion)
    throw new InputError(
      `report ${path}: it has format version ${version}, this program knows ${formatVersion}; ` +
        `use the version of the program that wrote it, or a newer one`,
    );
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as ReportDocument;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `report ${path}: it is no result of ${command}: ${where}${issue?.message ?? 'wrong shape'}`,
  );
}

/** By what it says; a document that says nothing but has a version is of the first format of a run, which had no kind. */
function kindOf(value: unknown): DocumentKind | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { kind, formatVersion, counterexamples } = value as Readonly<Record<string, unknown>>;
  if (kind === undefined)
    return formatVersion !== undefined && counterexamples !== undefined ? 'run' : undefined;
  return documentKinds.find((each) => each === kind);
}
