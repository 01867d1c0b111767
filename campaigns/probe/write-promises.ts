/** Copies the promises that a canister keeps into the module of its target. */
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '../../harness/files/write-file-atomic.js';
import { reasonOf } from '../../harness/files/system-error.js';
import type { ProbeReport } from '../../reports/documents/probe-report.js';
import { loadTarget } from '../../targets/load-target.js';
import type { Promises } from '../../targets/promises.js';
import { withPromises, type PromiseEdit } from './edit-promises.js';
import { promisedValue, type PromiseField } from './promise-fields.js';

export interface WrittenPromises {
  /** The promises that the target did not have. */
  readonly added: readonly PromiseEdit[];
  /** Why they are not in the module; `undefined` if they are. */
  readonly failure: string | undefined;
}

/** Adds what the target does not promise yet. It never changes a promise that the author wrote. */
export async function writePromises(
  { promises, experiments }: ProbeReport,
  module: string,
): Promise<WrittenPromises> {
  const known = new Set(
    experiments.flatMap(({ promise, promised }) =>
      promise === null || promised === null ? [] : [promise.field],
    ),
  );
  const added = promises.filter(({ field }) => !known.has(field));
  if (added.length === 0) return { added, failure: undefined };
  try {
    return { added, failure: await edit(module, added) };
  } catch (error) {
    return { added, failure: reasonOf(error) };
  }
}

/** If the edited module does not promise all this, the module gets its old source again. */
async function edit(module: string, added: readonly PromiseEdit[]): Promise<string | undefined> {
  const before = readFileSync(module, 'utf8');
  const after = withPromises(before, added);
  if (after === undefined) return 'its promises are not one object literal';
  await writeFileAtomic(module, after);
  const loaded = await loadTarget(module);
  if (loaded.kind === 'target' && added.every((one) => isPromised(loaded.target.promises, one)))
    return undefined;
  await writeFileAtomic(module, before);
  return 'its promises do not come from the object literal alone';
}

function isPromised(promises: Promises, { field, value }: PromiseEdit): boolean {
  return promisedValue(promises, field as PromiseField) === value;
}
