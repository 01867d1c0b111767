/** Each experiment observes something else on a canister with a fault than on a correct one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import keysTarget from '../../examples/motoko-keys/target.js';
import sessionsTarget from '../../examples/motoko-sessions/target.js';
import tusTarget from '../../examples/rust-tus/target.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import type { ReferenceBug } from '../../harness/testing/reference-bugs.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type {
  Call,
  CanisterMetrics,
  InstallRequest,
  Outcome,
  Replica,
  Submission,
} from '../../replicas/replica.js';
import { inProject } from '../../suites/testing/fixtures.js';
import type { Target } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { EXPERIMENTS } from './experiments.js';
import { runExperiments } from './run-experiments.js';
import { textOf } from './testing/observe.js';

interface Subject {
  readonly target: Target;
  /** Path of the module in this repository; absent: the fake canister. */
  readonly wasm?: string;
  readonly fault?: string;
  readonly bug?: ReferenceBug;
  /** Default: a fake replica, or the engine if there is a module. */
  readonly replica?: () => Replica;
}

/** A correct canister, the same with a fault, and what is observed only on the second. */
type Row = readonly [name: string, correct: Subject, faulty: Subject, text: RegExp];

const FAKE: Subject = { target: fakeTarget };
const REFERENCE = { target: uploadTarget, wasm: 'canister/wasm/upload-faults.wasm' };
const SESSIONS = {
  target: sessionsTarget,
  wasm: 'examples/motoko-sessions/wasm/motoko-sessions-faults.wasm.gz',
};
const KEYS = { target: keysTarget, wasm: 'examples/motoko-keys/wasm/motoko-keys-faults.wasm.gz' };
const TUS = { target: tusTarget, wasm: 'examples/rust-tus/wasm/rust-tus-faults.wasm.gz' };

function buggy(bug: ReferenceBug): Subject {
  return { target: fakeTarget, bug };
}

/** A fake canister behind a target that changes requests or results. */
function changed(change: Partial<Target>): Subject {
  return { target: { ...fakeTarget, ...change } };
}

/** Every put that the canister rejects seems to succeed. */
const LENIENT = changed({
  decode(request, outcome, call) {
    const result = fakeTarget.decode(request, outcome, call);
    return request.op === 'put' && result.kind === 'error' ? { kind: 'done' } : result;
  },
});
const MISCOUNTING = changed({
  decode(request, outcome, call) {
    const result = fakeTarget.decode(request, outcome, call);
    return result.kind === 'status' ? { ...result, chunksReceived: 7 } : result;
  },
});
const NO_SINGLE_BYTES = changed({
  encode: (request) =>
    fakeTarget.encode(
      request.op === 'begin' && request.bytes === 1 ? { ...request, expectedChunks: 9 } : request,
    ),
});
const SMALL_FILES = changed({
  encodeInitArg: (limits, context) => fakeTarget.encodeInitArg({ ...limits, bytesMax: 500_000 }, context),
});

/** A canister that keeps nothing at an upgrade. */
class ForgetfulReplica extends FakeReplica {
  override install(request: InstallRequest): Promise<Outcome> {
    return super.install({ ...request, mode: 'reinstall' });
  }
}

/** Only `readMeta` checks the caller. */
class HalfGuardedReplica extends FakeReplica {
  #owner: string | undefined;

  constructor() {
    super({ bug: 'owner-not-checked' });
  }
  override submit(call: Call): Promise<Submission> {
    if (call.method === 'begin') this.#owner = call.caller;
    return super.submit(call);
  }
  override async query(call: Call): Promise<Outcome> {
    if (call.method !== 'readMeta' || call.caller === this.#owner) return super.query(call);
    return { kind: 'reject', code: 4, errorCode: 'IC0406', text: 'not the owner' };
  }
}

/** The memory of the canister grows in steps that exceed what a few uploads send. */
class SteppedReplica extends FakeReplica {
  override async metrics(canister: string): Promise<CanisterMetrics> {
    const step = 33_554_432;
    const { stableBytes, ...others } = await super.metrics(canister);
    return { ...others, stableBytes: Math.ceil((stableBytes + 1) / step) * step };
  }
}

const ROWS: readonly Row[] = [
  ['chunks-out-of-order', FAKE, buggy('hash-in-arrival-order'), /^DANGEROUS accepted/],
  ['chunks-reversed', FAKE, buggy('hash-in-arrival-order'), /^DANGEROUS accepted/],
  [
    'chunk-twice',
    TUS,
    { ...TUS, fault: 'retried-append-is-stored' },
    /^DANGEROUS the repeated put is accepted/,
  ],
  ['other-bytes', FAKE, buggy('conflict-overwrites'), /otherPut: replaces/],
  [
    'other-bytes',
    FAKE,
    buggy('conflict-ignored'),
    /^DANGEROUS the other bytes are acknowledged and not stored/,
  ],
  [
    'chunk-too-short',
    SESSIONS,
    { ...SESSIONS, fault: 'counted-before-checked' },
    /^DANGEROUS the short chunk is rejected/,
  ],
  [
    'chunk-too-long',
    SESSIONS,
    { ...SESSIONS, fault: 'counted-before-checked' },
    /^DANGEROUS the long chunk is rejected/,
  ],
  ['last-chunk-too-long', TUS, { ...TUS, fault: 'length-not-checked' }, /the long chunk is accepted/],
  ['chunk-beyond-the-end', FAKE, buggy('index-past-end-traps'), /reject IC0503/],
  [
    'empty-chunk',
    SESSIONS,
    { ...SESSIONS, fault: 'counted-before-checked' },
    /^DANGEROUS the empty chunk is rejected/,
  ],
  ['finish-with-a-chunk-missing', FAKE, buggy('gap-not-checked'), /rejected: ChecksumMismatch/],
  ['finish-after-repeated-chunks', FAKE, buggy('gap-judged-by-count'), /rejected: ChecksumMismatch/],
  ['wrong-hash', FAKE, buggy('hash-not-checked'), /^DANGEROUS the wrong finish is accepted/],
  ['wrong-hash', FAKE, buggy('failed-finish-drops-chunks'), /^DANGEROUS rejected/],
  ['wrong-length', FAKE, buggy('length-not-checked'), /the wrong finish is accepted/],
  [
    'finish-twice',
    FAKE,
    buggy('second-finish-makes-another-blob'),
    /^DANGEROUS the upload is published twice/,
  ],
  ['put-after-finish', FAKE, LENIENT, /the late put is accepted/],
  ['empty-file', KEYS, { ...KEYS, fault: 'empty-put-completes-nothing' }, /cannot be finished/],
  ['one-byte', FAKE, NO_SINGLE_BYTES, /cannot be finished/],
  [
    'exact-multiple',
    TUS,
    { ...TUS, fault: 'full-last-block-dropped' },
    /^DANGEROUS the file has wrong bytes/,
  ],
  ['largest-chunk', FAKE, SMALL_FILES, /a chunk of 262,144 B is accepted; one of 1,048,576 B is not/],
  ['stranger-puts', FAKE, buggy('owner-not-checked'), /^DANGEROUS the stranger's put is accepted/],
  ['stranger-finishes', FAKE, buggy('owner-not-checked'), /^DANGEROUS the stranger's finish is accepted/],
  ['stranger-finishes-with-a-wrong-hash', FAKE, buggy('owner-not-checked'), /rejected: ChecksumMismatch/],
  ['stranger-aborts', FAKE, buggy('owner-not-checked'), /^DANGEROUS the stranger's abort is accepted/],
  [
    'stranger-aborts',
    SESSIONS,
    { ...SESSIONS, fault: 'stranger-cancels' },
    /^DANGEROUS the stranger is rejected/,
  ],
  ['stranger-asks-status', FAKE, buggy('owner-not-checked'), /access.status: anyone/],
  ['stranger-reads', FAKE, buggy('owner-not-checked'), /access.read: anyone/],
  [
    'stranger-reads',
    FAKE,
    { ...FAKE, replica: () => new HalfGuardedReplica() },
    /^DANGEROUS the stranger's readMeta is rejected, and readChunk returns 2,500 B \[access.read: undefined\]$/,
  ],
  ['abort-then-put', FAKE, LENIENT, /^DANGEROUS the put after the abort is accepted/],
  ['abort-then-finish', FAKE, buggy('cancelled-session-finishes'), /^DANGEROUS the finish after the abort/],
  [
    'put-during-pause',
    REFERENCE,
    { ...REFERENCE, fault: 'paused-takes-chunks' },
    /^the put during the pause is accepted/,
  ],
  ['begin-twice', TUS, { ...TUS, fault: 'key-resets-upload' }, /^DANGEROUS/],
  ['two-uploads', REFERENCE, { ...REFERENCE, fault: 'chunk-key-by-last-session' }, /^DANGEROUS/],
  ['two-uploads-one-name', FAKE, buggy('chunk-key-shared-by-name'), /^DANGEROUS/],
  ['two-callers-one-key', KEYS, { ...KEYS, fault: 'parts-by-name' }, /^DANGEROUS/],
  ['overwrite-a-file', KEYS, { ...KEYS, fault: 'old-file-dropped-early' }, /^DANGEROUS/],
  ['upgrade-in-the-middle', FAKE, buggy('upgrade-loses-last-chunk'), /^DANGEROUS the next put is accepted/],
  ['upgrade-after-finish', FAKE, { ...FAKE, replica: () => new ForgetfulReplica() }, /^DANGEROUS/],
  [
    'begin-after-upgrade',
    SESSIONS,
    { ...SESSIONS, fault: 'ids-restart-on-upgrade' },
    /^DANGEROUS the second upload gets the id/,
  ],
  ['expiry', FAKE, buggy('expires-at-cleanup-only'), /continues after 365 days/],
  ['expiry', FAKE, buggy('expires-from-begin'), /^DANGEROUS an upload expires after 1 day although/],
  ['open-uploads', FAKE, buggy('active-limit-off-by-one'), /after 101 open uploads/],
  [
    'begin-after-aborts',
    SESSIONS,
    { ...SESSIONS, fault: 'slot-kept-on-cancel' },
    /^DANGEROUS after 20 aborted uploads/,
  ],
  ['two-puts-at-once', FAKE, buggy('hash-in-arrival-order'), /cannot be finished/],
  ['put-during-finish', FAKE, buggy('put-while-finishing'), /rejected: Conflict/],
  [
    'two-finishes-at-once',
    SESSIONS,
    { ...SESSIONS, fault: 'published-twice' },
    /^DANGEROUS.*published 2 times/,
  ],
  ['status-during-upload', FAKE, MISCOUNTING, /^DANGEROUS/],
  ['error-style', FAKE, buggy('index-past-end-traps'), /errors: traps/],
  ['storage-after-abort', FAKE, buggy('stable-kept-on-abort'), /^DANGEROUS/],
  ['cost-of-a-put', FAKE, buggy('chunks-stay-in-heap'), /grows by 589,824 B/],
];

/** A canister in which a file takes the place of an earlier one of the same name, and has another id. */
function replacing(): Subject {
  const latest = new Map<string, string>();
  const replaced = new Set<string>();
  return changed({
    decode(request, outcome, call) {
      const result = fakeTarget.decode(request, outcome, call);
      if (request.op === 'finish' && result.kind === 'finished') {
        const before = latest.get(request.file.name);
        if (before !== undefined) replaced.add(before);
        latest.set(request.file.name, result.blobId);
      }
      if (request.op === 'readMeta' && replaced.has(request.blobId))
        return { kind: 'error', error: 'NotFound' };
      return result;
    },
  });
}

async function observation({ target, wasm, fault, bug, ...given }: Subject, name: string): Promise<string> {
  const fresh =
    given.replica ?? (() => (wasm === undefined ? new FakeReplica({ bug }) : createEmbeddedReplica()));
  const replica = fresh();
  const bytes = wasm === undefined ? new Uint8Array() : Uint8Array.from(readFileSync(inProject(wasm)));
  const runner = new ScheduleRunner({ replica, target, wasm: bytes, fault });
  const [result] = await runExperiments({
    runner,
    experiments: EXPERIMENTS.filter((each) => each.name === name),
  });
  await replica.dispose();
  return textOf(result);
}

describe('an experiment', () => {
  it.each(ROWS)('%s observes a fault (%#)', async (name, correct, faulty, text) => {
    expect(await observation(faulty, name)).toMatch(text);
    expect(await observation(correct, name)).not.toMatch(text);
  });

  it('storage-after-abort suggests nothing if the memory can hold all that was sent', async () => {
    const stepped = { ...FAKE, replica: () => new SteppedReplica({ bug: 'stable-kept-on-abort' }) };
    expect(await observation(stepped, 'storage-after-abort')).toMatch(
      /^the memory grows by 0 B .*, and its [\d,]+ B can hold all of them \[storage: undefined\]$/,
    );
    expect(await observation(FAKE, 'storage-after-abort')).toMatch(/\[storage: reclaimed\]$/);
  });

  it('restart-in-the-middle observes that an upload does not survive', async () => {
    const replica = new FakeReplica({ bug: 'upgrade-loses-last-chunk' });
    const runner = new ScheduleRunner({ replica, target: fakeTarget, wasm: new Uint8Array() });
    // No correct platform loses state at a restart, so an upgrade that loses it takes its place.
    const run = runner.run.bind(runner);
    runner.run = (schedule, signal) =>
      run(
        {
          ...schedule,
          steps: schedule.steps.map((step) => (step.do === 'restart' ? { do: 'upgrade' } : step)),
        },
        signal,
      );
    const experiments = EXPERIMENTS.filter(({ name }) => name === 'restart-in-the-middle');
    const [result] = await runExperiments({ runner, experiments });
    expect(textOf(result)).toMatch(/^DANGEROUS the next put is accepted; the upload cannot be finished/);
    expect(await observation(FAKE, 'restart-in-the-middle')).toMatch(
      /the file is right \[upgrade: everything\]$/,
    );
  });

  it('two-uploads-one-name observes that the file that is finished last takes the name', async () => {
    const observed = await observation(replacing(), 'two-uploads-one-name');
    expect(observed).toMatch(
      /^both files are right when they are finished; the one that is finished last takes/,
    );
  });

  it('has a row in the table above', () => {
    const names = new Set([...ROWS.map(([name]) => name), 'restart-in-the-middle']);
    expect(EXPERIMENTS.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });
});
