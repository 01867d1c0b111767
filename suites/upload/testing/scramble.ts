/**
 * Schedules that no generator draws: drawn ones whose steps are then repeated, moved, dropped, held back and altered, with others sown
 * in between, without regard to whether it makes sense. A canister that keeps its promises keeps them under these too, so
 * that every violation is a false alarm.
 */
import fc from 'fast-check';
import { schedulePlanArbitrary, buildSchedule, type Abilities } from '../../../generators/schedule.js';
import type { Profile } from '../../../generators/profile.js';
import {
  HTTP_OPERATIONS,
  viaOf,
  type ChunkData,
  type Limits,
  type Operation,
  type Schedule,
  type Step,
} from '../../../model/schedule.js';

const EDITS_MAX = 14;
/** Around the expiry of sessions and tokens in the profiles' limits, and of a day. */
const SECONDS = [1, 299, 300, 449, 450.5, 451, 599, 600, 601, 3_600, 86_399, 86_400, 172_800] as const;

const limits: fc.Arbitrary<Limits> = fc.oneof(
  fc.record({ chunkSize: fc.constantFrom(1, 16, 64, 80, 100, 200, 256) }),
  fc.record({ hashBytesPerCall: fc.constantFrom(64, 128, 256) }),
  fc.record({ activeSessionsMax: fc.constantFrom(1, 2, 3), chunksMax: fc.constantFrom(2, 5, 512) }),
  fc.record({ bytesMax: fc.constantFrom(50, 150, 100_000), inlineBytesMax: fc.constantFrom(0, 100, 32_768) }),
  fc.record({ sessionTtlSeconds: fc.constantFrom(300, 600, 86_400) }),
  fc.record({ httpBytesMax: fc.constantFrom(100, 1_000), httpUploadsPerHour: fc.constantFrom(1, 2) }),
  fc.record({ httpTokenTtlSeconds: fc.constantFrom(450.5, 900) }),
);

const worldStep: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ do: 'upgrade' }, { do: 'restart' }, { do: 'drain' }),
  limits.map((given): Step => ({ do: 'upgrade', limits: given })),
  fc.nat(4).map((pick): Step => ({ do: 'deliver', pick })),
  fc.constantFrom(...SECONDS).map((seconds): Step => ({ do: 'advance', seconds })),
);

/** What operations of one schedule speak of. */
interface Names {
  readonly sessions: readonly string[];
  readonly keys: readonly string[];
  readonly callers: number;
  readonly files: number;
}

/** `one` and `other` choose among what there is, modulo its number. */
type Draw = (names: Names, one: number, other: number) => Operation;
const at = <T>(list: readonly T[], pick: number): T => list[pick % list.length]!;
const onSession = (['abort', 'pause', 'resume', 'status', 'read', 'readWhole'] as const).map(
  (op): Draw =>
    ({ sessions }, one) => ({ op, session: at(sessions, one) }),
);
const ofCaller = (['cleanup', 'list', 'listMemories', 'stats', 'config'] as const).map(
  (op): Draw =>
    ({ callers }, one) => ({ op, caller: one % callers }),
);
const OPERATIONS: readonly Draw[] = [
  ...onSession,
  ...ofCaller,
  ({ sessions }, one, other) => {
    return { op: 'put', session: at(sessions, one), index: other % 5, data: { kind: 'right' } };
  },
  ({ sessions }, one) => ({ op: 'finish', session: at(sessions, one), hash: 'right', lengthOff: 0 }),
  ({ sessions, keys, callers, files }, one, other) => ({
    ...{ op: 'begin', session: at(sessions, one), file: other % files, caller: other % callers },
    key: at(keys, other),
  }),
  ({ sessions, callers }, one, other) => ({
    ...{ op: 'memory', memory: `M${other % 2}`, caller: other % callers },
    assets: [
      { kind: 'Original', blobOf: at(sessions, one) },
      { kind: 'Thumb', inlineBytes: other % 200 },
    ],
  }),
  ({ sessions }, one, other) => ({ op: 'readMemory', memory: at([...sessions, 'M0', 'M1'], one + other) }),
  ({ sessions }, one, other) => ({ op: 'deleteMemory', memory: at([...sessions, 'M0', 'M1'], one + other) }),
];

const DATA: readonly ChunkData[] = [
  ...(['right', 'short', 'long', 'empty'] as const).map((kind): ChunkData => ({ kind })),
  { kind: 'flipped', at: 0 },
  { kind: 'of-index', index: 1 },
];

/** One field of an operation becomes another; as it was if the operation has no such field. */
function altered(operation: Operation, { sessions, keys, callers, files }: Names, pick: number): Operation {
  const rest = Math.floor(pick / 8);
  const changes: Readonly<Record<string, unknown>> = [
    'session' in operation ? { session: at(sessions, rest) } : {},
    'index' in operation ? { index: rest % 6 } : {},
    'caller' in operation ? { caller: rest % callers } : { by: rest % callers },
    'key' in operation ? { key: at(keys, rest) } : {},
    'file' in operation ? { file: rest % files } : {},
    'data' in operation ? { data: at(DATA, rest) } : {},
    operation.op === 'finish' ? { hash: at(['right', 'flipped', 'other-file', 'short'], rest) } : {},
    HTTP_OPERATIONS.has(operation.op) ? { via: viaOf(operation) === undefined ? 'http' : undefined } : {},
  ][pick % 8]!;
  const { via, ...result } = { ...operation, ...changes } as Operation & { readonly via?: unknown };
  return (via === undefined ? result : { ...result, via }) as Operation;
}

const place = fc.nat(0xffff);
const edit = fc.oneof(
  fc.record({ do: fc.constantFrom('repeat', 'move', 'drop', 'hold', 'alter'), from: place, to: place }),
  fc.record({ do: fc.constant('insert'), to: place, step: worldStep }),
  fc.record({
    do: fc.constant('call'),
    to: place,
    draw: fc.nat(OPERATIONS.length - 1),
    one: fc.nat(31),
    other: fc.nat(999),
  }),
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function applyEdit(steps: Step[], change: Edit, names: Names): void {
  const to = change.to % (steps.length + 1);
  if ('step' in change) return void steps.splice(to, 0, change.step);
  if ('draw' in change) {
    const operation = OPERATIONS[change.draw]!(names, change.one, change.other);
    return void steps.splice(to, 0, { do: 'call', lane: change.one % 3, operation });
  }
  const from = change.from % steps.length;
  const step = steps[from];
  if (step === undefined) return;
  if (change.do === 'repeat') steps.splice(to, 0, step);
  if (change.do === 'drop' || change.do === 'move') steps.splice(from, 1);
  if (change.do === 'move') steps.splice(Math.min(to, steps.length), 0, step);
  if (step.do !== 'call') return;
  if (change.do === 'alter') steps[from] = { ...step, operation: altered(step.operation, names, change.to) };
  if (change.do === 'hold') {
    const { hold, ...given } = step;
    steps[from] = hold === true ? given : { ...given, hold: true };
  }
}

function scrambled(schedule: Schedule, edits: readonly Edit[]): Schedule {
  const operations = schedule.steps.flatMap((step) => (step.do === 'call' ? [step.operation] : []));
  const begins = operations.flatMap((operation) => (operation.op === 'begin' ? [operation] : []));
  const [sessions, keys] = [begins.map(({ session }) => session), begins.map(({ key }) => key)];
  if (begins.length === 0) return schedule;
  const names = { sessions, keys, callers: schedule.callers, files: schedule.files.length };
  const steps = [...schedule.steps];
  for (const change of edits) applyEdit(steps, change, names);
  return { ...schedule, steps };
}

/** None begins on an older layout: that module has no HTTP interface, which an edit may ask for. */
export function scrambledScheduleArbitrary(profile: Profile, abilities: Abilities): fc.Arbitrary<Schedule> {
  return fc
    .tuple(schedulePlanArbitrary(profile), fc.array(edit, { minLength: 1, maxLength: EDITS_MAX }))
    .map(([plan, edits]) => scrambled(buildSchedule(plan, { ...abilities, olderLayout: false }), edits));
}
