/** How bad a violation is, for the order of findings. */
import { RULES, SEVERITIES, type Rule, type Severity } from './rules.js';
import type { Violation } from './verdict.js';

const SEVERITY_OF_RULE: ReadonlyMap<string, Severity | undefined> = new Map(
  Object.values<Rule>(RULES).map(({ text, severity }) => [text, severity]),
);

const UPLOADING: ReadonlySet<string> = new Set(['begin', 'put', 'finish']);
const READING: ReadonlySet<string> = new Set(['read', 'readWhole']);
const REFUSALS: ReadonlySet<string> = new Set(['Unauthorized', 'Unauthenticated']);

type Judged = Pick<Violation, 'rule' | 'operation' | 'expectedKind' | 'seenKind'>;

/** The severity of the rule if it declares one, else the severity of the wrong answer. */
export function severityOf(violation: Judged): Severity {
  return SEVERITY_OF_RULE.get(violation.rule) ?? severityOfAnswer(violation);
}

function severityOfAnswer({ operation, expectedKind, seenKind }: Judged): Severity {
  if (REFUSALS.has(expectedKind)) return isRefusal(seenKind) ? 'wrong answer' : 'stranger has access';
  if (READING.has(operation)) return 'bytes lost or wrong';
  if (operation === 'finish' && (seenKind === 'finished' || / (size|blob)$/.test(seenKind)))
    return 'bytes lost or wrong';
  if (UPLOADING.has(operation) && isRefusal(seenKind) && !isRefusal(expectedKind))
    return 'correct upload refused';
  return seenKind.startsWith('reject ') ? 'trap' : 'wrong answer';
}

/** Kinds of errors and rejects; other kinds of answers start in lower case. */
export function isRefusal(kind: string): boolean {
  return /^[A-Z]/.test(kind) || kind.startsWith('reject ') || kind === 'other';
}

/** The worst first, for `sort`. */
export function bySeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}
