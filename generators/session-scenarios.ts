/**
 * Scenarios about the sessions of one caller: whatever ends a session makes room for another one under the limit of open sessions, and
 * activity keeps a session from expiring.
 */
import type { Scenario } from './scenario.js';
import { sessionLabelAt } from './upload-contexts.js';
import { beginOperation, call, finishStep, putStep, type LaneStep, type UploadContext } from './upload.js';

const CHUNKS = 2;

/** The lowest limit shows a session that is not released after the fewest calls. */
const limits = { chunkSize: 32, activeSessionsMax: 1, sessionTtlSeconds: 600 };

/** If the canister has a fixed limit above this, the scenario would be too long. */
const OPEN_MAX = 12;

/** The contexts of as many sessions as may be open, and of one more. */
function sessionsOf(context: UploadContext): readonly UploadContext[] {
  const { activeSessionsMax = 1 } = context.limits;
  return Array.from({ length: Math.min(activeSessionsMax, OPEN_MAX) + 1 }, (_, index) => {
    const session = sessionLabelAt(index);
    return { ...context, session, key: `key-${session}` };
  });
}

function beginAndPut(context: UploadContext): LaneStep[] {
  return [prompt(call(beginOperation(context))), prompt(putStep(context.session, 0))];
}

function wholeUpload(context: UploadContext): LaneStep[] {
  const { session } = context;
  return [
    prompt(call(beginOperation(context))),
    ...Array.from({ length: CHUNKS }, (_, index) => prompt(putStep(session, index))),
    prompt(finishStep(session)),
    { do: 'drain' },
    call({ op: 'read', session }),
  ];
}

function prompt(step: LaneStep): LaneStep {
  return { ...step, isPrompt: true };
}

/**
 * @param steps gets the sessions, and the time in seconds after which a session expires
 * @param activeSessionsMax the limit, if the suite may choose it
 */
function scenario(
  steps: (sessions: readonly UploadContext[], ttl: number) => LaneStep[],
  activeSessionsMax = limits.activeSessionsMax,
): Scenario {
  return {
    chunks: CHUNKS,
    limits: { ...limits, activeSessionsMax },
    isAlone: true,
    steps: (context) => {
      const { sessionTtlSeconds = limits.sessionTtlSeconds } = context.limits;
      return steps(sessionsOf(context), sessionTtlSeconds);
    },
  };
}

/** Each session is aborted before the next one begins. */
const ABORTED = scenario((sessions) => [
  ...sessions.flatMap((context) => [
    ...beginAndPut(context),
    prompt(call({ op: 'abort', session: context.session })),
    { do: 'drain' } as const,
  ]),
  ...sessions.slice(0, 1).flatMap(wholeUpload),
]);

/** All sessions but the last one expire together, and the canister has as much time again to notice. */
const EXPIRED = scenario((sessions, ttl) => [
  ...sessions.slice(1).flatMap(beginAndPut),
  { do: 'drain' },
  { do: 'advance', seconds: 2 * ttl + 2 },
  ...sessions.slice(0, 1).flatMap(wholeUpload),
]);

const FINISHED = scenario((sessions) => sessions.flatMap(wholeUpload));

/** The first half of an upload, with a pause after each of its calls. */
function slowStart(context: UploadContext, pause: LaneStep): LaneStep[] {
  return [
    prompt(call(beginOperation(context))),
    pause,
    prompt(putStep(context.session, 0)),
    { do: 'drain' },
    pause,
  ];
}

function pauseOf(ttl: number): LaneStep {
  return { do: 'advance', seconds: Math.ceil(ttl * 0.6) };
}

/** No pause of the session is as long as its lifetime, but together they are. */
const KEPT_ALIVE = scenario(([context], ttl) => {
  if (context === undefined) return [];
  const { session } = context;
  return [
    ...slowStart(context, pauseOf(ttl)),
    prompt(putStep(session, 1)),
    { do: 'drain' },
    pauseOf(ttl),
    finishStep(session),
    { do: 'drain' },
    call({ op: 'read', session }),
  ];
});

/** Another session begins, which may make the canister remove expired ones, when only the activity of the first keeps it alive. */
const KEPT_ALIVE_BESIDE = scenario(([context, other], ttl) => {
  if (context === undefined || other === undefined) return [];
  const { session } = context;
  return [
    ...slowStart(context, pauseOf(ttl)),
    ...beginAndPut(other),
    { do: 'drain' },
    prompt(putStep(session, 1)),
    prompt(finishStep(session)),
    { do: 'drain' },
    call({ op: 'read', session }),
  ];
}, 2);

export const SESSION_SCENARIOS: readonly Scenario[] = [
  ABORTED,
  EXPIRED,
  FINISHED,
  KEPT_ALIVE,
  KEPT_ALIVE_BESIDE,
];
