/**
 * Nothing in an answer goes unread: in Histories of the upload canister, which are right, one answer is altered in one thing, and the
 * judge must object. What it lets pass is listed here, with the reason.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { abilitiesOf } from '../../campaigns/campaign/abilities.js';
import type { HistoryEvent } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Result } from '../../model/result.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { alteredResults } from './testing/altered-results.js';

const RUNS = 150;
/** An alteration of a field of an operation's result is judged this often, in different histories where possible. */
const JUDGED_EACH_MAX = 4;

/** What may be other than it was, and why: patterns of `operation: field how`. */
const FREE: readonly (readonly [why: string, what: RegExp])[] = [
  [
    'ids are the canister’s to choose: the altered one is as good until it is used',
    /: (begun\.sessionId|finished\.(blob|memory)Id|memory\.memoryId) (last character|one more|one less)$/,
  ],
  ['texts are for people', /: ([A-Z]\w+|rejected)\.text last character$/],
  [
    'the text of a finish with wrong arguments alone must name something',
    /^(?!finish: InvalidArgument).*\.text (empty|absent)$/,
  ],
  ['an interface may have no texts', /^finish: InvalidArgument\.text absent$/],
  ['an interface need not tell the hash, or have memories', /: finished\.(sha256|memoryId) absent$/],
  ['a reject is a reject', /: rejected\.(code|errorCode) /],
  ['the order of a list is nobody’s promise', /: (sessions\.sessionIds|memories\.memoryIds) swapped$/],
  [
    'chunks of a session that has ended may be told or not',
    /: status (Failed|Cancelled)\.(bytes|chunks)Received one less$/,
  ],
  [
    'blocks in use are judged, as far as time and migrations leave no room; others are not',
    /: stats\.blocks\./,
  ],
  ['tokens that have expired are counted until they are freed', /: stats\.counters\.httpTokens one more$/],
  [
    'a repeated finish whose arguments are never right is an InvalidArgument by the order of errors, and a Conflict by the rule for repetition',
    /^finish: Conflict to error InvalidArgument$/,
  ],
  [
    'an interrupted finish may answer Internal, or be lost with its reject',
    /^finish: (Internal|ChecksumMismatch) to reject trap$/,
  ],
];

type End = Extract<HistoryEvent, { type: 'ok' | 'fail' }>;
const isEnd = (event: HistoryEvent): event is End => event.type === 'ok' || event.type === 'fail';

function ended(event: End, result: Result): HistoryEvent {
  const type = ['error', 'rejected', 'undecodable'].includes(result.kind) ? 'fail' : 'ok';
  return { ...event, type, result };
}

it('the checkers judge every field of every answer', async () => {
  const wasm = Uint8Array.from(readFileSync(new URL('../../canister/wasm/upload.wasm', import.meta.url)));
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm });
  const abilities = abilitiesOf(uploadTarget, runner);
  const passed = new Map<string, string>();
  const [used, kinds] = [new Set<string>(), new Set<string>()];
  const judged = new Map<string, number>();
  for (let run = 0; run < RUNS; run++) {
    const schedule = scheduleFor(PROFILES.quick, 1, run, abilities);
    const history = await runner.run(schedule);
    const inThisRun = new Set<string>();
    for (const event of history.events.filter(isEnd)) {
      kinds.add(event.result.kind === 'error' ? event.result.error : event.result.kind);
      for (const { field, how, result } of alteredResults(event.result)) {
        const what = `${event.operation.op}: ${field} ${how}`;
        const free = FREE.find(([, pattern]) => pattern.test(what));
        const isNeeded = free !== undefined && !used.has(free[0]);
        const before = judged.get(what) ?? 0;
        if (inThisRun.has(what) || (before >= JUDGED_EACH_MAX && !isNeeded)) continue;
        inThisRun.add(what);
        judged.set(what, before + 1);
        const events = history.events.map((one) => (one === event ? ended(event, result) : one));
        if (judge({ ...history, events }, schedule, uploadTarget).kind === 'invalid') continue;
        if (free === undefined) passed.set(what, `run ${run}, event ${event.index}`);
        else used.add(free[0]);
      }
    }
  }
  expect(Object.fromEntries(passed)).toEqual({});
  expect(FREE.filter(([why]) => !used.has(why))).toEqual([]);
  expect(judged.size).toBeGreaterThan(600);
  expect(kinds.size).toBeGreaterThan(12);
});
