/** Runners on the embedded engine for the reference canister and the examples, with and without a seeded fault. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoverageCollector } from '../campaigns/code-coverage/coverage-collector.js';
import { openRunner } from '../campaigns/subject/open-runner.js';
import { openSubject, resolveSubject } from '../campaigns/subject/subject.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { PACKAGE_ROOT } from '../package-root.js';

/** Name of the reference canister among the examples. */
export const REFERENCE = 'reference';

/**
 * @param fault absent: the correct canister
 * @param example folder of an example; absent: the reference canister
 */
export async function faultyRunner(
  fault: string | undefined,
  example?: string,
  coverage?: CoverageCollector,
): Promise<ScheduleRunner> {
  const isReference = example === undefined || example === REFERENCE;
  const subject = isReference ? {} : subjectOf(example, fault !== undefined);
  const spec = await resolveSubject({ ...subject, ...(fault === undefined ? {} : { fault }) });
  return openRunner(spec, await openSubject(spec), 'embedded', coverage);
}

function subjectOf(example: string, hasFaults: boolean) {
  const folder = join(PACKAGE_ROOT, 'examples', example);
  const file = `${example}${hasFaults ? '-faults' : ''}.wasm.gz`;
  return { wasm: join(folder, 'wasm', file), target: join(folder, 'target.ts') };
}

/** The names of the seeded faults of a canister; empty if it has none. */
export function faultsOf(canister: string): readonly string[] {
  const path = listOf(canister);
  if (!existsSync(path)) return [];
  const list = JSON.parse(readFileSync(path, 'utf8')) as readonly { name: string }[];
  return list.map(({ name }) => name);
}

function listOf(canister: string): string {
  const folder = canister === REFERENCE ? 'canister' : join('examples', canister);
  return join(PACKAGE_ROOT, folder, 'faults.json');
}

/** The reference canister, and all examples. */
export function allCanisters(): readonly string[] {
  const folders = readdirSync(join(PACKAGE_ROOT, 'examples'));
  return [
    REFERENCE,
    ...folders.filter((name) => existsSync(join(PACKAGE_ROOT, 'examples', name, 'target.ts'))),
  ];
}

/** The seeded faults of all canisters as `canister/fault`, in the order of the lists. */
export function allFaults(): readonly string[] {
  return allCanisters().flatMap((canister) => faultsOf(canister).map((fault) => `${canister}/${fault}`));
}
