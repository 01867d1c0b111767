/** Explores workloads on the reference canister, and summarises what the orders have shown. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { abilitiesOf } from '../../campaigns/campaign/abilities.js';
import { fingerprintOf } from '../../harness/evidence/fingerprint.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { Abilities } from '../../generators/schedule.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { explore, type ExploreOptions, type ExploreResult, type JudgedOrder } from '../explore.js';
import { namedWorkload } from '../named-workloads.js';
import { depthFirst } from '../strategies/depth-first.js';
import type { Workload } from '../workload.js';

export function referenceRunner(fault?: string): ScheduleRunner {
  const file = fault === undefined ? 'upload.wasm' : 'upload-faults.wasm';
  const wasm = new Uint8Array(readFileSync(join(PACKAGE_ROOT, 'canister', 'wasm', file)));
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm, fault });
}

export function referenceAbilities(runner: ScheduleRunner): Abilities {
  return abilitiesOf(runner.target, runner);
}

export function referenceWorkload(name: string, runner: ScheduleRunner): Workload {
  return namedWorkload(name, { shape: runner.target.shape, ...referenceAbilities(runner) });
}

export interface Explored {
  readonly result: ExploreResult;
  /** The answers of complete orders: what every call was answered, by lane, without their order. */
  readonly answers: ReadonlySet<string>;
  /** Fingerprints of the violations, and the other verdicts about complete orders. */
  readonly verdicts: readonly string[];
}

export async function explored(
  runner: ScheduleRunner,
  workload: Workload,
  options: Partial<ExploreOptions> = {},
): Promise<Explored> {
  const answers = new Set<string>();
  const verdicts = new Set<string>();
  const onOrder = ({ history, verdict }: JudgedOrder) => {
    const last = history.events.at(-1);
    // An order that is merged ends early, and its rest may still break a rule.
    const isWhole = last?.type === 'metrics' && last.at === 'end';
    if (isWhole) answers.add(answersOf({ history }));
    if (verdict.kind !== 'invalid') {
      if (isWhole) verdicts.add(verdict.kind);
    } else for (const violation of verdict.violations) verdicts.add(fingerprintOf(violation));
  };
  const result = await explore({ runner, workload, strategy: depthFirst, seed: 1, onOrder, ...options });
  return { result, answers, verdicts: [...verdicts].sort() };
}

function answersOf({ history }: Pick<JudgedOrder, 'history'>): string {
  const answered = history.events.flatMap((event) =>
    event.type === 'ok' || event.type === 'fail'
      ? [canonicalJson([event.lane, event.operation, event.result])]
      : [],
  );
  return canonicalJson(answered.sort());
}
