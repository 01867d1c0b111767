import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { HistoryEvent } from './history.js';

/** SHA-256, lower-case hex, of the canonical JSON of the events, one per line. */
export function traceHash(events: readonly HistoryEvent[]): string {
  const hash = createHash('sha256');
  // One update per event takes longer than the hash itself.
  hash.update(events.map((event) => `${canonicalJson(event)}\n`).join(''));
  return hash.digest('hex');
}
