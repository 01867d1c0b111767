/** Joins the reports of all shards of a gate into one report. */
import { InputError } from '../../harness/input-error.js';
import type { GateReport } from '../../reports/documents/gate-report.js';

export interface ShardReport {
  readonly path: string;
  readonly report: GateReport;
}

/** @throws InputError if a shard is missing or given twice, or if the reports belong to different gates */
export function joinShards(shards: readonly ShardReport[]): GateReport {
  const [first, ...others] = shards;
  if (first === undefined) throw new InputError('merge needs the reports of all shards');
  for (const other of others) checkSameGate(first, other);
  const { count } = first.report.shard;
  const byIndex = new Map<number, ShardReport>();
  for (const shard of shards) {
    const { index } = shard.report.shard;
    const twin = byIndex.get(index);
    if (twin !== undefined)
      throw new InputError(`shard ${index}/${count} is given twice: ${twin.path} and ${shard.path}`);
    byIndex.set(index, shard);
  }
  const indices = Array.from({ length: count }, (_, position) => position + 1);
  const reports = indices.flatMap((index) => byIndex.get(index)?.report ?? []);
  const [head] = reports;
  if (head === undefined || reports.length < count) {
    const missing = indices.filter((index) => !byIndex.has(index)).map((index) => `${index}/${count}`);
    throw new InputError(`the report of shard ${missing.join(', ')} is missing`);
  }
  return join(head, reports);
}

/** The properties that the shards of one gate have in common. */
function checkSameGate(first: ShardReport, other: ShardReport): void {
  const properties: readonly (readonly [string, (report: GateReport) => unknown])[] = [
    ['version of upload-stress', ({ tool }) => tool.version],
    ['canister', ({ canister }) => canister.sha256],
    ['engine', ({ engine }) => engine],
    ['baseline', ({ baseline }) => baseline?.sha256],
    ['seed', ({ seed }) => seed],
    ['selection with --only', ({ only }) => only.join()],
    ['number of shards', ({ shard }) => shard.count],
  ];
  for (const [name, of] of properties) {
    if (of(first.report) !== of(other.report))
      throw new InputError(
        `${first.path} and ${other.path} belong to different gates: they differ in the ${name}`,
      );
  }
}

function join(first: GateReport, reports: readonly GateReport[]): GateReport {
  const all = <T>(of: (report: GateReport) => readonly T[]): T[] => reports.flatMap(of);
  const sum = (of: (report: GateReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    ...first,
    shard: { index: 1, count: 1 },
    interrupted: reports.some(({ interrupted }) => interrupted),
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
      profile: first.campaign.profile,
      runs: sum(({ campaign }) => campaign.runs),
      planned: sum(({ campaign }) => campaign.planned),
      unknowns: sum(({ campaign }) => campaign.unknowns),
      neverSucceeded: neverSucceededInAll(reports),
      findings: all(({ campaign }) => campaign.findings),
    },
    coverage: reports.find(({ coverage }) => coverage !== null)?.coverage ?? null,
    score: reports.find(({ score }) => score !== null)?.score ?? null,
    notDone: all(({ notDone }) => notDone),
    // ISO 8601 texts sort by time.
    startedAt: reports.reduce(
      (earliest, { startedAt }) => (startedAt < earliest ? startedAt : earliest),
      first.startedAt,
    ),
    durationMs: Math.max(...reports.map(({ durationMs }) => durationMs)),
  };
}

/** What never succeeded in one shard may have succeeded in another. */
function neverSucceededInAll(reports: readonly GateReport[]): string[] {
  const [first, ...others] = reports.map(({ campaign }) => campaign).filter(({ runs }) => runs > 0);
  const names = first?.neverSucceeded ?? [];
  return names.filter((name) => others.every(({ neverSucceeded }) => neverSucceeded.includes(name)));
}
