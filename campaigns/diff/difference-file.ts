/** The file that `diff` leaves if two replicas differ. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeJsonFile } from '../../harness/files/json-file.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { DifferentialResult } from './differential.js';
import type { DifferentialFinding } from './finding.js';

/** Increases with every change of the file's format. */
const DIFFERENCE_FORMAT_VERSION = 1;
const HASH_LETTERS = 12;

export interface DifferenceOrigin {
  readonly wasmSha256: string;
  readonly profile: string;
  readonly seed: number;
}

/** Saves the finding below `folder` and returns the path. @throws InputError if it cannot be written */
export async function saveDifference(
  folder: string,
  { a, b }: DifferentialResult,
  finding: DifferentialFinding,
  { wasmSha256, profile, seed }: DifferenceOrigin,
): Promise<string> {
  const content = {
    formatVersion: DIFFERENCE_FORMAT_VERSION,
    replicas: { a, b },
    wasmSha256,
    campaign: { profile, seed, runIndex: finding.runIndex },
    fingerprint: finding.fingerprint,
    schedules: finding.schedules,
    originalSteps: finding.originalSteps,
    ...finding.difference,
    schedule: finding.schedule,
  };
  const hash = createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, HASH_LETTERS);
  const aspect = finding.difference.aspect.replaceAll(' ', '-');
  const path = join(folder, 'differences', `${aspect}-${hash}.json`);
  await writeJsonFile(path, content, 'difference');
  return path;
}
