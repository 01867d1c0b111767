/**
 * Scenarios about single promises. Each is one upload, or two under one key or name, in the middle of what the promise is about. The
 * rules of the target leave out the calls that it does not permit.
 */
import type { Operation } from '../model/schedule.js';
import { chunksToPut } from './call-rules.js';
import { pick } from './pick.js';
import type { Scenario } from './scenario.js';
import { beginOperation, call, finishStep, putStep, type LaneStep, type UploadContext } from './upload.js';

const CHUNKS = 3;
/** The caller who has no permission on the upload. */
const STRANGER = 1;

const DRAIN: LaneStep = { do: 'drain' };

function prompt(operation: Operation): LaneStep {
  return { ...call(operation), isPrompt: true };
}

function begin(context: UploadContext): LaneStep {
  return prompt(beginOperation(context));
}

function puts({ session, recipe, chunkSize, rules }: UploadContext): LaneStep[] {
  const count = chunksToPut(recipe.bytes, chunkSize, rules);
  return Array.from({ length: count }, (_, index) => ({ ...putStep(session, index), isPrompt: true }));
}

/** The finish, and a read once it is answered. */
function end({ session }: UploadContext): LaneStep[] {
  return [{ ...finishStep(session), isPrompt: true }, DRAIN, call({ op: 'read', session })];
}

function plainUpload(context: UploadContext): LaneStep[] {
  return [begin(context), ...puts(context), ...end(context)];
}

/** An upload of another version of the file: under the same name, and under the same key if keys name uploads. */
function successor(context: UploadContext): UploadContext {
  const { session, key, file, rules } = context;
  const isKeyed = rules?.session === 'key';
  return { ...context, session: `${session}2`, key: isKeyed ? key : `${key}2`, file: file + 1 };
}

/** An upload of another file. */
function another(context: UploadContext): UploadContext {
  const { session, key, file } = context;
  return { ...context, session: `${session}3`, key: `${key}3`, file: file + 2 };
}

function scenario(
  steps: (context: UploadContext) => LaneStep[],
  {
    chunks = CHUNKS,
    furtherBytes = -1,
    limits: further = {},
    ...rest
  }: Partial<Pick<Scenario, 'chunks' | 'furtherBytes' | 'limits' | 'suits'>> = {},
): Scenario {
  const limits = { chunkSize: 32, hashBytesPerCall: 64, ...further };
  return { ...rest, chunks, furtherBytes, limits, isAlone: true, hasVersions: true, callersMin: 2, steps };
}

/** What a stranger tries with an upload or a file, the most harmful last. */
function intrusions({ session }: UploadContext, index: number): LaneStep[] {
  const operations: readonly Operation[] = [
    { op: 'status', session },
    { op: 'read', session },
    { op: 'put', session, index, data: { kind: 'right' } },
    { op: 'put', session, index, data: { kind: 'flipped', at: 0 } },
    { op: 'finish', session, hash: 'flipped', lengthOff: 0 },
    { op: 'finish', session, hash: 'right', lengthOff: 0 },
    { op: 'abort', session },
  ];
  return operations.map((operation) => prompt({ ...operation, by: STRANGER } as Operation));
}

/** A stranger tries one thing after every step of an upload. */
function strangers(first: number): Scenario {
  const steps = (context: UploadContext): LaneStep[] => [
    ...plainUpload(context).flatMap((step, place) => {
      const among = intrusions(context, Math.max(0, place - 1));
      return [step, pick(among, first + place)];
    }),
    ...intrusions(context, 0),
    call({ op: 'read', session: context.session }),
  ];
  return scenario(steps, { suits: ({ strangers: refused, guests }) => refused.size + guests.size > 0 });
}

/** Every call is sent again as if its answer was lost. */
const RETRIES = scenario((context) => [
  begin(context),
  begin(context),
  ...puts(context).flatMap((step) => [step, step]),
  finishStep(context.session),
  ...end(context),
]);

/** Wrong calls come before every right put and before the finish. */
const WRONG_CALLS = scenario((context) => {
  const { session, recipe, chunkSize, rules } = context;
  const past = chunksToPut(recipe.bytes, chunkSize, rules);
  const wrong = (index: number): LaneStep[] => [
    prompt({ op: 'put', session, index, data: { kind: 'long' } }),
    prompt({ op: 'put', session, index, data: { kind: 'short' } }),
    prompt({ op: 'put', session, index: past, data: { kind: 'right' } }),
    prompt({ op: 'finish', session, hash: 'right', lengthOff: 0 }),
  ];
  return [
    begin(context),
    ...puts(context).flatMap((step, index) => [...wrong(index), step]),
    prompt({ op: 'finish', session, hash: 'flipped', lengthOff: 0 }),
    ...end(context),
  ];
});

/** An upload begins again after it was aborted half-way. */
const AGAIN_AFTER_ABORT = scenario((context) => [
  begin(context),
  ...puts(context).slice(0, 2),
  prompt({ op: 'abort', session: context.session }),
  DRAIN,
  begin(context),
  ...puts(context),
  ...end(context),
]);

/** A file takes the place of another one. Until it is finished, and if it is aborted, the old one stays. */
function overwriting(isAborted: boolean): Scenario {
  const steps = (context: UploadContext): LaneStep[] => {
    const next = successor(context);
    const abandoned = [prompt({ op: 'abort', session: next.session }), DRAIN];
    return [
      begin(context),
      ...puts(context),
      ...end(context),
      begin(next),
      ...puts(next).slice(0, -1),
      call({ op: 'read', session: context.session }),
      ...(isAborted ? abandoned : [...puts(next).slice(-1), ...end(next)]),
      call({ op: 'read', session: context.session }),
    ];
  };
  return scenario(steps, { suits: ({ overwrites }) => overwrites });
}

/** An upload is aborted half-way, and another version of the file is uploaded under its key and name. */
const OTHER_VERSION = scenario((context) => {
  const next = successor(context);
  return [
    begin(context),
    ...puts(context).slice(0, 2),
    prompt({ op: 'abort', session: context.session }),
    DRAIN,
    ...plainUpload(next),
  ];
});

/** The uploads of versions of one file follow each other, and only one upload may be open. */
const VERSIONS = scenario(
  (context) => {
    const { session } = context;
    const versions = [context, successor(context), { ...context, session: `${session}4` }];
    return versions.flatMap(plainUpload);
  },
  { limits: { activeSessionsMax: 1 }, suits: ({ overwrites }) => overwrites },
);

/** Another caller begins and aborts an upload under the same key in the middle of the upload. */
const NEIGHBOUR_ABORTS = scenario(
  (context) => {
    const neighbour = { ...successor(context), caller: STRANGER };
    return [
      begin(context),
      ...puts(context).slice(0, 1),
      begin(neighbour),
      ...puts(neighbour).slice(0, 1),
      prompt({ op: 'abort', session: neighbour.session }),
      DRAIN,
      ...puts(context).slice(1),
      ...end(context),
    ];
  },
  { suits: ({ session, keysByCaller, abort }) => session !== 'server' && keysByCaller && abort },
);

/** An upload goes on after an upgrade between two of its calls. */
const UPGRADES = scenario((context) => [
  begin(context),
  ...puts(context).flatMap((step): LaneStep[] => [step, DRAIN, { do: 'upgrade' }]),
  ...end(context),
  { do: 'upgrade' },
  call({ op: 'read', session: context.session }),
  ...plainUpload(another(context)),
]);

/** Two finishes are in flight at the same time. */
const PAIRED_FINISHES = scenario((context) => [
  begin(context),
  ...puts(context),
  { ...finishStep(context.session), isPrompt: true, isGlued: true },
  ...end(context),
]);

/** The file is read after every message of two finishes that are in flight at the same time. */
const READS_DURING_FINISHES = scenario((context) => {
  const { session } = context;
  const readNext: LaneStep[] = [{ do: 'deliver', pick: 0 }, call({ op: 'read', session })];
  return [
    begin(context),
    ...puts(context),
    { ...finishStep(session), isPrompt: true, isGlued: true },
    { ...finishStep(session), isPrompt: true },
    ...Array.from({ length: 8 }, () => readNext).flat(),
    ...end(context),
  ];
});

/** Files without bytes, with exactly whole chunks, and with one byte more. */
const LENGTHS = [0, 1, CHUNKS].flatMap((chunks) => [
  scenario(plainUpload, { chunks, furtherBytes: 0 }),
  scenario(plainUpload, { chunks, furtherBytes: 1 }),
]);

export const PROMISE_SCENARIOS: readonly Scenario[] = [
  ...[0, 1, 2, 3, 4, 5, 6].map(strangers),
  RETRIES,
  RETRIES,
  WRONG_CALLS,
  WRONG_CALLS,
  AGAIN_AFTER_ABORT,
  overwriting(true),
  overwriting(false),
  OTHER_VERSION,
  VERSIONS,
  VERSIONS,
  VERSIONS,
  NEIGHBOUR_ABORTS,
  NEIGHBOUR_ABORTS,
  NEIGHBOUR_ABORTS,
  UPGRADES,
  UPGRADES,
  PAIRED_FINISHES,
  READS_DURING_FINISHES,
  ...LENGTHS,
];
