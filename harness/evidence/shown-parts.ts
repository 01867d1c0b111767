import type { ShownParts } from '../../model/operations.js';
import type { Schedule } from '../../model/schedule.js';
import { namesKeys } from '../../targets/names-keys.js';
import type { Target } from '../../targets/target.js';

/** What texts need to know of a target. */
export type DescribedTarget = Pick<Target, 'defaultChunkSize' | 'shape' | 'promises'>;

/** What texts about the operations of a schedule name: its files, and keys if the interface has some. */
export function shownParts(
  { files }: Pick<Schedule, 'files'>,
  target: Pick<Target, 'shape' | 'promises'>,
): ShownParts {
  return { files, keys: namesKeys(target) };
}
