import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.js';
import { uploadTarget } from '../targets/upload.js';
import type { ModuleUnderTest } from './module-under-test.js';

/**
 * The upload canister that ships with this package: a first module to try, and an example of a target.
 *
 * @param fault names of seeded faults from `canister/faults.json`, separated by commas; without it, the canister is correct
 */
export function referenceCanister(fault?: string): ModuleUnderTest {
  const wasm = fault === undefined ? 'upload.wasm' : 'upload-faults.wasm';
  return { wasm: join(PACKAGE_ROOT, 'canister', 'wasm', wasm), target: uploadTarget, fault };
}
