/**
 * The results of `mutate` in the schema of mutation-testing-elements, version 2, so that viewers of StrykerJS show them. The source of a
 * module is a listing of the mutated instructions by function, because a viewer shows mutants in lines of text.
 */
import type { MutationReport, MutationResult } from '../documents/mutation-report.js';
import { visibleLine } from '../text/visible-text.js';

const SCHEMA_VERSION = '2';
const THRESHOLDS = { high: 80, low: 60 };

export function renderMutationElements(report: MutationReport): string {
  const { source, lines } = listing(report);
  const document = {
    schemaVersion: SCHEMA_VERSION,
    thresholds: THRESHOLDS,
    framework: { name: report.tool.name, version: report.tool.version },
    files: {
      [report.wasm.file]: {
        language: 'wat',
        source,
        mutants: report.mutants.map((mutant) => elementOf(mutant, lines.get(placeOf(mutant)) ?? 1)),
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const placeOf = ({ functionIndex, offset }: MutationResult) => `${functionIndex} ${offset}`;

interface Listing {
  readonly source: string;
  /** Line of each mutated instruction, from 1. */
  readonly lines: ReadonlyMap<string, number>;
}

function listing({ mutants }: MutationReport): Listing {
  const text: string[] = [];
  const lines = new Map<string, number>();
  let current: number | undefined;
  const ordered = mutants.toSorted((a, b) => a.functionIndex - b.functionIndex || a.offset - b.offset);
  for (const mutant of ordered) {
    if (mutant.functionIndex !== current) text.push(`;; ${visibleLine(mutant.function)}`);
    current = mutant.functionIndex;
    if (lines.has(placeOf(mutant))) continue;
    text.push(`  ${hex(mutant.offset)} ${mutant.instruction}`);
    lines.set(placeOf(mutant), text.length);
  }
  return { source: `${text.join('\n')}\n`, lines };
}

function hex(offset: number): string {
  return `0x${offset.toString(16).padStart(6, '0')}`;
}

function elementOf(mutant: MutationResult, line: number) {
  const { id, operator, change, state, killedBy, runs, instruction, offset } = mutant;
  const column = 3;
  const isSuspected = state === 'Suspected';
  const reason = isSuspected ? 'Nothing observable differs: the mutant may be equivalent.' : killedBy;
  return {
    id,
    mutatorName: operator,
    description: visibleLine(change),
    replacement: `(; ${visibleLine(change)} ;)`,
    location: {
      start: { line, column },
      end: { line, column: column + hex(offset).length + 1 + instruction.length },
    },
    status: isSuspected ? 'Survived' : state === 'Equivalent' ? 'Ignored' : state,
    ...(reason === null ? {} : { statusReason: visibleLine(reason) }),
    testsCompleted: runs,
  };
}
