/** Joins the results of all parts of a gate into the result of the whole. */
import { InputError } from '../../harness/input-error.js';
import type { GateReport } from '../../reports/documents/gate-report.js';

export interface Part {
  readonly path: string;
  readonly result: GateReport;
}

/** @throws InputError, one line, if parts are missing, given twice, or not of one gate */
export function joinParts(parts: readonly Part[]): GateReport {
  const [first, ...others] = parts;
  if (first === undefined) throw new InputError('merge needs the results of all parts');
  for (const other of others) checkSame(first, other);
  const { count } = first.result.shard;
  const byIndex = new Map<number, Part>();
  for (const part of parts) {
    const twin = byIndex.get(part.result.shard.index);
    if (twin !== undefined)
      throw new InputError(
        `part ${part.result.shard.index}/${count} is given twice: ${twin.path} and ${part.path}`,
      );
    byIndex.set(part.result.shard.index, part);
  }
  const indices = Array.from({ length: count }, (_, position) => position + 1);
  const missing = indices.filter((index) => !byIndex.has(index));
  if (missing.length > 0)
    throw new InputError(
      `the result of part ${missing.map((index) => `${index}/${count}`).join(', ')} is missing`,
    );
  return join(indices.map((index) => byIndex.get(index)!.result));
}

/** What must be equal for two results to be parts of one gate. */
function checkSame(first: Part, other: Part): void {
  const keys: readonly (readonly [string, (result: GateReport) => unknown])[] = [
    ['version of upload-stress', ({ tool }) => tool.version],
    ['canister', ({ canister }) => canister.sha256],
    ['engine', ({ engine }) => engine],
    ['baseline', ({ baseline }) => baseline?.sha256],
    ['seed', ({ seed }) => seed],
    ['choice of --only', ({ only }) => only.join()],
    ['number of parts', ({ shard }) => shard.count],
  ];
  for (const [what, of] of keys) {
    if (of(first.result) !== of(other.result))
      throw new InputError(`${first.path} and ${other.path} are not parts of one gate: another ${what}`);
  }
}

function join(results: readonly GateReport[]): GateReport {
  const all = <T>(of: (result: GateReport) => readonly T[]): T[] => results.flatMap(of);
  const sum = (of: (result: GateReport) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    ...results[0]!,
    shard: { index: 1, count: 1 },
    interrupted: results.some(({ interrupted }) => interrupted),
    counters: all(({ counters }) => counters),
    comparison: {
      regressions: all(({ comparison }) => comparison.regressions),
      tolerated: all(({ comparison }) => comparison.tolerated),
      improvements: all(({ comparison }) => comparison.improvements),
      added: all(({ comparison }) => comparison.added),
      gone: all(({ comparison }) => comparison.gone),
      slower: all(({ comparison }) => comparison.slower),
    },
    mutants: all(({ mutants }) => mutants),
    corpus: all(({ corpus }) => corpus),
    campaign: {
      profile: results[0]!.campaign.profile,
      runs: sum(({ campaign }) => campaign.runs),
      planned: sum(({ campaign }) => campaign.planned),
      unknowns: sum(({ campaign }) => campaign.unknowns),
      findings: all(({ campaign }) => campaign.findings),
    },
    notDone: all(({ notDone }) => notDone),
    startedAt: results.map(({ startedAt }) => startedAt).sort()[0]!,
    durationMs: Math.max(...results.map(({ durationMs }) => durationMs)),
  };
}
