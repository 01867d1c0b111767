import { createHash } from 'node:crypto';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { History } from '../../harness/history/history.js';

/** Hash of the events of a history without their instruction counts: equal if nothing else that can be observed differs. */
export function behaviorOf({ events }: History): string {
  const hash = createHash('sha256');
  for (const event of events) {
    const observed = 'instructions' in event ? { ...event, instructions: 0 } : event;
    hash.update(`${canonicalJson(observed)}\n`);
  }
  return hash.digest('hex');
}
