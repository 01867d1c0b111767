/** Coverage in words: for the terminal, Markdown, and the page. */
import type {
  CoveredFunction,
  CoveredModule,
  CoverageReport,
  UnreachedReason,
} from '../documents/coverage-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { visibleLine } from '../text/visible-text.js';

/** `559 of 1,615 (34.6 %)`. */
export function shareText({ reached, total }: CoveredModule['functions']): string {
  const percent = total === 0 ? '' : ` (${((100 * reached) / total).toFixed(1)} %)`;
  return `${formatNumber(reached)} of ${formatNumber(total)}${percent}`;
}

export function coverageHeadline({ modules, interrupted }: CoverageReport): string {
  const [first] = modules;
  const end = interrupted ? ' (interrupted)' : '';
  if (first === undefined) return `no code was run${end}`;
  const percent = first.blocks.total === 0 ? 0 : (100 * first.blocks.reached) / first.blocks.total;
  return `${percent.toFixed(1)} % of the basic blocks reached${end}`;
}

export function functionName({ name, exports, index }: CoveredFunction): string {
  return name ?? exports[0] ?? `function ${index}`;
}

export const REASON_TEXT: Readonly<Record<UnreachedReason, string>> = {
  'not-called': 'called only for methods that never ran',
  'not-provoked': 'called by reached code under a condition that never held, such as an error',
  indirect: 'called only through a table of functions, or by code that was not reached',
  'no-caller': 'called by nothing in the module',
};

/** Why a function was not reached; an empty text if it was. */
export function reasonText({ reason, exports, onlyFor }: CoveredFunction): string {
  if (reason === null) return '';
  if (exports.length > 0) return 'never ran: no schedule calls it, or every call was refused before it ran';
  return reason === 'not-called' ? `only for ${onlyFor.join(', ')}` : REASON_TEXT[reason];
}

/** The number of functions that were not reached, for each reason that occurs. */
export function reasonCounts({
  functionList,
}: CoveredModule): readonly (readonly [UnreachedReason, number])[] {
  const reasons = Object.keys(REASON_TEXT) as readonly UnreachedReason[];
  return reasons.flatMap((reason) => {
    const functions = functionList.filter(
      (each) => each.reason === reason && each.exports.length === 0,
    ).length;
    return functions === 0 ? [] : [[reason, functions] as const];
  });
}

/** The functions that were not reached although reached code calls them: those with most basic blocks first. */
export function unprovoked({ functionList }: CoveredModule): readonly CoveredFunction[] {
  return functionList
    .filter(({ reason }) => reason === 'not-provoked')
    .toSorted((a, b) => b.blocks.total - a.blocks.total || a.index - b.index);
}

const NAMES_SHOWN_MAX = 8;

/** The summary for the terminal, without a trailing newline. */
export function coverageLines({ modules }: CoverageReport): readonly string[] {
  return modules.flatMap((module) => [
    `coverage of ${visibleLine(module.name)}: functions ${shareText(module.functions)}, basic blocks ${shareText(module.blocks)}, branches ${shareText(module.branches)}`,
    ...linesText(module),
    ...(module.notCalled.length === 0 ? [] : [`  never ran: ${module.notCalled.map(methodText).join(', ')}`]),
    ...reasonCounts(module).map(
      ([reason, functions]) => `  not reached: ${countOf(functions, 'function')} ${REASON_TEXT[reason]}`,
    ),
    ...unprovokedLines(module),
    ...(hasNames(module)
      ? []
      : ['  the module has no function names; a build that keeps its name section shows them']),
  ]);
}

/** The share of reached source lines, if the module has debug information. */
function linesText({ files }: CoveredModule): readonly string[] {
  if (files.length === 0) return [];
  const lines = files.flatMap((file) => file.lines);
  const reached = lines.filter(({ count }) => count > 0).length;
  const share = shareText({ reached, total: lines.length });
  return [`  source lines ${share} in ${countOf(files.length, 'file')}: coverage.lcov, cobertura.xml`];
}

/** Whether the module names its functions. */
export function hasNames({ functionList }: CoveredModule): boolean {
  return functionList.some(({ name }) => name !== null);
}

function unprovokedLines(module: CoveredModule): readonly string[] {
  const functions = unprovoked(module);
  if (functions.length === 0) return [];
  const shown = functions.slice(0, NAMES_SHOWN_MAX);
  return [
    '  largest functions behind conditions that never held:',
    ...shown.map((each) => `    ${visibleLine(functionName(each))} (${countOf(each.blocks.total, 'block')})`),
    ...(functions.length > shown.length
      ? [`    … and ${formatNumber(functions.length - shown.length)} more in coverage.json`]
      : []),
  ];
}

/** `canister_query uploads_get` as `uploads_get (query)`; a system entry point unchanged. */
export function methodText(exportName: string): string {
  const match = /^canister_(update|query|composite_query) (.+)$/s.exec(exportName);
  if (match === null) return visibleLine(exportName);
  const [, kind = '', method = ''] = match;
  return visibleLine(`${method} (${kind.replace('_', ' ')})`);
}
