/** Each relation on the real canister: it finds a seeded fault and is silent on the correct canister. */
import { describeCounterexample } from '../counterexamples/describe-schedule.js';
import { explainFailure } from '../counterexamples/explain-failure.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Schedule, Step } from '../../model/schedule.js';
import motokoSessions from '../../examples/motoko-sessions/target.js';
import rustTus from '../../examples/rust-tus/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Target } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { begin, call, drain, file, finish, put, schedule } from '../testing/schedules.js';
import { applicableRelations, examine, skippedRelations } from './examine.js';
import { RELATIONS } from './relations.js';

const SUBJECTS = {
  upload: { target: uploadTarget, folder: '../../canister/wasm', ending: 'wasm' },
  'motoko-sessions': {
    target: motokoSessions,
    folder: '../../examples/motoko-sessions/wasm',
    ending: 'wasm.gz',
  },
  'rust-tus': { target: rustTus, folder: '../../examples/rust-tus/wasm', ending: 'wasm.gz' },
} as const;

type Subject = keyof typeof SUBJECTS;

function wasmOf(subject: Subject, fault?: string): Uint8Array {
  const { folder, ending } = SUBJECTS[subject];
  const file = `${subject}${fault === undefined ? '' : '-faults'}.${ending}`;
  return Uint8Array.from(readFileSync(new URL(`${folder}/${file}`, import.meta.url)));
}

function runnerOf(subject: Subject, fault?: string, changed: Partial<Target> = {}): ScheduleRunner {
  const target: Target = { ...SUBJECTS[subject].target, ...changed };
  return new ScheduleRunner({
    replica: createEmbeddedReplica(),
    target,
    wasm: wasmOf(subject, fault),
    fault,
  });
}

function steps(...operations: Parameters<typeof call>[0][]): readonly Step[] {
  return operations.flatMap((operation) => [call(operation), drain]);
}
function serial(all: readonly Step[], more: Partial<Schedule> = {}): Schedule {
  return schedule(all, { files: [file(150)], ...more });
}

const CASES: readonly {
  readonly relation: string;
  readonly subject?: Subject;
  readonly fault: string;
  readonly schedule: Schedule;
  /** Parts of the violation. */
  readonly expected: string;
  readonly seen: string;
}[] = [
  {
    relation: 'rejected-calls',
    fault: 'hasher-removed-before-comparison',
    schedule: serial(
      steps(begin('A'), put('A', 0), put('A', 1), { ...finish('A'), hash: 'flipped' } as never, finish('A')),
    ),
    expected: 'without the rejected call finish A with hash flipped, finish A: Ok',
    seen: 'with it, finish A: ChecksumMismatch',
  },
  {
    relation: 'rejected-calls',
    fault: 'hasher-removed-before-comparison',
    schedule: serial(steps(begin('A'), put('A', 0), put('A', 1), finish('A'))),
    expected: 'without a wrong call, finish A: Ok',
    seen: 'with the rejected call finish A with hash flipped, finish A: ChecksumMismatch',
  },
  {
    relation: 'rejected-calls',
    subject: 'rust-tus',
    fault: 'offset-before-length-check',
    schedule: serial(steps(begin('A'), put('A', 0), put('A', 1), { op: 'status', session: 'A' })),
    expected: 'without a wrong call, put A[1]: ',
    seen: 'with the rejected call put A[1] one byte too long, put A[1]: ',
  },
  {
    relation: 'repetition',
    fault: 'second-finish-second-memory',
    schedule: serial(
      steps(begin('A'), put('A', 0), put('A', 1), finish('A'), finish('A'), { op: 'stats', caller: 0 }),
    ),
    expected: 'without repeating finish A, stats by caller 0',
    seen: 'memories 2',
  },
  {
    relation: 'repetition',
    fault: 'hash-on-duplicates',
    schedule: serial(steps(begin('A'), put('A', 0), put('A', 1), finish('A'))),
    expected: 'finish A: Ok',
    seen: 'finish A: ChecksumMismatch',
  },
  {
    relation: 'chunk-order',
    fault: 'hash-in-arrival-order',
    schedule: serial(steps(begin('A'), put('A', 0), put('A', 1), finish('A'))),
    expected: 'with the chunks of A in the order of this schedule, finish A: Ok',
    seen: 'with the chunks of upload A in reverse order, finish A: ChecksumMismatch',
  },
  {
    relation: 'unrelated-uploads',
    fault: 'chunk-key-by-name',
    schedule: serial(steps(begin('A'), put('A', 0), begin('B', 1), put('B', 0), put('A', 1), finish('A')), {
      files: [file(150, 1, 'same'), file(100, 2, 'same')],
    }),
    expected: 'without upload B, ',
    seen: 'with it, ',
  },
  {
    relation: 'ended-uploads',
    subject: 'motoko-sessions',
    fault: 'slot-kept-on-cancel',
    schedule: serial(steps(begin('A'), put('A', 0)), {
      limits: { chunkSize: 100, activeSessionsMax: 2, sessionTtlSeconds: 600 },
    }),
    expected: 'without earlier uploads, begin A',
    seen: 'after 3 aborted uploads of the same caller, begin A',
  },
  {
    relation: 'strangers',
    subject: 'motoko-sessions',
    fault: 'stranger-cancels',
    schedule: serial(steps(begin('A'), put('A', 0), { op: 'abort', session: 'A', by: 1 }, put('A', 1)), {
      callers: 2,
    }),
    expected: 'without abort A by caller 1, put A[1]: Ok',
    seen: 'with this call of a stranger, put A[1]: ',
  },
  {
    relation: 'strangers',
    subject: 'motoko-sessions',
    fault: 'stranger-cancels',
    schedule: serial(steps(begin('A'), put('A', 0), put('A', 1))),
    expected: 'without a call of a stranger, put A[1]: Ok',
    seen: 'with abort A by caller 1, put A[1]: ',
  },
  {
    relation: 'interruptions',
    fault: 'sessions-lost-on-upgrade',
    schedule: serial([...steps(begin('A'), put('A', 0)), { do: 'upgrade' }, ...steps(put('A', 1))]),
    expected: 'without the upgrade, put A[1]: Ok',
    seen: 'with it, put A[1]: NotFound',
  },
  {
    relation: 'interruptions',
    fault: 'sessions-lost-on-upgrade',
    schedule: serial(steps(begin('A'), put('A', 0), put('A', 1), finish('A'))),
    expected: 'without an interruption, put A[0]: Ok',
    seen: 'with the upgrade before put A[0], put A[0]: NotFound',
  },
  {
    relation: 'serializability',
    fault: 'shared-finish-slot',
    schedule: serial(
      [
        // Chunks out of order leave the hashing to the finish, which takes several messages.
        ...steps(begin('A'), ...[3, 2, 1, 0].map((index) => put('A', index))),
        ...steps(begin('B', 1), ...[3, 2, 1, 0].map((index) => put('B', index))),
        call(finish('A')),
        call(finish('B'), 1),
        drain,
      ],
      { files: [file(400, 1), file(400, 2)] },
    ),
    expected: 'one after another, finish',
    seen: 'with these calls in flight at once, finish',
  },
];

describe.each(CASES)('the relation $relation', ({ relation, fault, expected, seen, ...rest }) => {
  const { subject = 'upload' } = rest;
  it(`finds the fault ${fault} in ${rest.schedule.steps.length} steps`, async () => {
    const { verdict } = await examine(runnerOf(subject, fault), rest.schedule, { relation });
    const violations = verdict.kind === 'invalid' ? verdict.violations : [];
    const violation = violations.find(({ checker }) => checker === relation);
    expect(violation).toMatchObject({ layer: 'relation', checker: relation });
    expect(violation?.expected).toContain(expected);
    expect(violation?.seen).toContain(seen);
    expect(violation?.comparison?.calls.at(-1)?.base).not.toBe(violation?.comparison?.calls.at(-1)?.variant);
  });

  it('is silent on the correct canister', async () => {
    const { verdict } = await examine(runnerOf(subject), rest.schedule, { relation });
    expect(verdict).toEqual({ kind: 'valid' });
  });
});

describe('a violation of a relation', () => {
  const upload = steps(begin('A'), put('A', 0), put('A', 1));
  const wrongFinish = { ...finish('A'), hash: 'flipped' } as never;
  const shownBy = async (run: ReturnType<typeof serial>) => {
    const runner = runnerOf('upload', 'hasher-removed-before-comparison');
    const { history, verdict } = await examine(runner, run, { relation: 'rejected-calls' });
    const violations = verdict.kind === 'invalid' ? verdict.violations : [];
    const violation = violations.find(({ checker }) => checker === 'rejected-calls');
    const { lanes, context } = explainFailure(history, violation, run, runner.target);
    const marked = lanes.flatMap(({ lines }) => lines).filter((line) => line.includes('<-'));
    return {
      marked,
      lines: describeCounterexample({ schedule: run, context }),
      comparison: context.comparison,
    };
  };

  it('shows the call that is inserted in its place, and marks no answer of the schedule', async () => {
    const { marked, lines, comparison } = await shownBy(serial([...upload, ...steps(finish('A'))]));
    const added = lines.findIndex((line) => line.includes('finish A with hash flipped'));
    expect(lines[added]).toMatch(/^ *\+ {2}lane 0: finish A with hash flipped, only in the variant$/);
    expect(lines[added + 1]).toMatch(/^ *\d+ {2}lane 0: finish A$/);
    expect(lines.filter((line) => line.includes('variant'))).toHaveLength(1);
    expect([comparison?.wrong, marked]).toEqual(['variant', []]);
  });

  it('inserts nothing if the variant has fewer calls, and marks the wrong answer of the schedule', async () => {
    const { marked, lines, comparison } = await shownBy(
      serial([...upload, ...steps(wrongFinish), ...steps(finish('A'))]),
    );
    expect(lines.filter((line) => line.includes('variant'))).toEqual([]);
    expect(comparison?.wrong).toBe('base');
    expect(marked).toEqual([
      expect.stringMatching(/finish A: ChecksumMismatch.* {3}<- the first wrong event$/),
    ]);
  });
});

describe('wrong calls that are inserted', () => {
  it('prove nothing if the canister accepts them, and nobody promises that it rejects them', async () => {
    const { access: _, ...promises } = uploadTarget.promises;
    const runner = runnerOf('upload', 'owner-not-checked-on-put', { promises });
    const upload = serial(steps(begin('A'), put('A', 0), put('A', 1), finish('A')));
    const { verdict } = await examine(runner, upload, { relation: 'rejected-calls', only: new Set([]) });
    expect(verdict).toEqual({ kind: 'valid' });
  });

  it('prove nothing about strangers if the canister accepts them, which a fact judges', async () => {
    const runner = runnerOf('upload', 'owner-not-checked-on-put');
    const upload = serial(steps(begin('A'), put('A', 0), put('A', 1), finish('A')), { callers: 2 });
    const { verdict } = await examine(runner, upload, { relation: 'strangers' });
    expect(verdict).toEqual({ kind: 'valid' });
  });
});

describe('the relations that apply', () => {
  it('are those whose promise the target makes', () => {
    const { info } = createEmbeddedReplica();
    const names = applicableRelations(uploadTarget, info).map(({ name }) => name);
    expect(names).toEqual(RELATIONS.map(({ name }) => name).filter((name) => name !== 'chunk-size'));
    expect(skippedRelations(uploadTarget, info)).toEqual([
      { name: 'chunk-size', reason: 'it requires that the client chooses the size of chunks' },
    ]);
  });

  it('are none without a promise, except those that require nothing', () => {
    const { info } = createEmbeddedReplica();
    const promises = { limits: { chunkSize: 100 } };
    const names = applicableRelations({ ...uploadTarget, promises }, info).map(({ name }) => name);
    expect(names).toEqual(['rejected-calls', 'reads']);
  });

  it('leave out serializability if the replica chooses the order of messages', () => {
    const { info } = createEmbeddedReplica();
    const abilities = new Set([...info.abilities].filter((ability) => ability !== 'delivery-order'));
    expect(skippedRelations(uploadTarget, { ...info, abilities })).toContainEqual({
      name: 'serializability',
      reason: 'replica embedded lacks delivery-order',
    });
  });

  it('are none for a service', () => {
    const { info } = createEmbeddedReplica();
    expect(applicableRelations(uploadTarget, { ...info, name: 'live' })).toEqual([]);
  });

  it('can be selected by name', () => {
    const { info } = createEmbeddedReplica();
    const names = (only: string) =>
      applicableRelations(uploadTarget, info, new Set([only])).map(({ name }) => name);
    expect(names('repetition')).toEqual(['repetition']);
    expect(names('retries')).toEqual(['repetition']);
    expect(names('relations')).toHaveLength(RELATIONS.length - 1);
    expect(names('facts')).toEqual([]);
  });
});
