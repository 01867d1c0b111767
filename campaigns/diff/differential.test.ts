import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import { EngineBackend } from '../../servers/pocketic/engine-backend.js';
import { startServer } from '../../servers/pocketic/testing/start-server.js';
import type { Replica } from '../../replicas/replica.js';
import type { Target } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { BUILT_IN_WASM } from '../subject/subject.js';
import { runDifferential, type DifferentialOptions } from './differential.js';
import { createServedReplica } from '../../cli/served-replica.js';
import { createDefective, spoiled, type Defect } from './testing/planted.js';

const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
const createSound = (): Promise<Replica> => Promise.resolve(createEmbeddedReplica());
/** The engine instruments the module for each replica, so that a replica executes many schedules here. */
const COMMON = { target: uploadTarget, wasm, seed: 1, createA: createSound, schedulesPerReplica: 25 };

async function differenceOf(defect: Defect, options: Partial<DifferentialOptions> = {}) {
  const createB = () => createDefective(defect);
  const { findings } = await runDifferential({ ...COMMON, runs: 10, createB, causesMax: 1, ...options });
  return findings[0];
}

const WITHOUT_SHRINKING = { shrinkExecutionsMax: 0 };

describe('two replicas compared', () => {
  it('the engine does not differ from itself, from replica to replica', async () => {
    const runs = 10;
    expect(await runDifferential({ ...COMMON, runs, createB: createSound })).toMatchObject({
      runs,
      findings: [],
    });
  });

  it('the engine does not differ from itself behind the server, the driver and HTTP', async () => {
    const { url } = await startServer(() => Promise.resolve(new EngineBackend()));
    const createB = () => createPocketIcReplica({ serverUrl: url });
    const createA = createServedReplica;
    const { a, b, findings } = await runDifferential({ ...COMMON, createA, runs: 4, createB });
    expect([a.name, b.name, findings]).toEqual(['embedded', 'pocketic', []]);
  });

  it('ends with one line if no upload succeeds', async () => {
    const target: Target = {
      ...uploadTarget,
      encode: (request) =>
        uploadTarget.encode(request.op === 'finish' ? { ...request, totalLength: 1 } : request),
    };
    const options = { ...COMMON, target, runs: 1, createB: createSound };
    await expect(runDifferential(options)).rejects.toThrow(
      /^the smoke upload fails: finish A: InvalidArgument/,
    );
  });

  it('names the operations that never succeeded', async () => {
    const target: Target = {
      ...uploadTarget,
      decode: (request, outcome) =>
        request.op === 'status' ? { kind: 'error', error: 'other' } : uploadTarget.decode(request, outcome),
    };
    const options = { ...COMMON, target, runs: 25, createB: createSound };
    expect(await runDifferential(options)).toMatchObject({ findings: [], neverSucceeded: ['status'] });
  });

  it('finds a reply that is another one, and shrinks to it', async () => {
    const finding = await differenceOf({
      poll: (inner) => async (id) => {
        const outcome = await inner.poll(id);
        const isBlob = outcome?.kind === 'reply' && Buffer.from(outcome.bytes).includes('blob_');
        return isBlob ? { kind: 'reject', code: 5, errorCode: 'IC0503', text: 'planted' } : outcome;
      },
    });
    expect(finding?.difference).toMatchObject({ aspect: 'outcome', what: 'finish A' });
    expect(finding?.difference.b).toContain('planted');
    expect(finding?.difference.expected).toMatch(/finish A: Ok.*\(a meets the specification\)/);
    expect(finding?.schedule.steps.length).toBeLessThanOrEqual(6);
  });

  it('finds a read that gives other bytes', async () => {
    const finding = await differenceOf({
      query: (inner) => async (call) => {
        const outcome = await inner.query(call);
        return call.method === 'blob_read_chunk' && outcome.kind === 'reply'
          ? { kind: 'reply', bytes: spoiled(outcome.bytes) }
          : outcome;
      },
    });
    expect(finding?.difference).toMatchObject({ aspect: 'read' });
  });

  it.each([
    ['heap size', 'heapBytes'],
    ['stable size', 'stableBytes'],
    ['instructions', 'instructions'],
  ] as const)('finds another %s', async (aspect, field) => {
    let answers = 0;
    const finding = await differenceOf(
      {
        metrics: (inner) => async (canister) => {
          const metrics = await inner.metrics(canister);
          return ++answers < 12 ? metrics : { ...metrics, [field]: metrics[field] + 1 };
        },
      },
      WITHOUT_SHRINKING,
    );
    expect(finding?.difference).toMatchObject({ aspect });
  });

  it('finds one other byte of stable memory', async () => {
    const finding = await differenceOf(
      {
        stableMemory: (inner) => async (canister) => spoiled(await inner.stableMemory(canister)),
      },
      WITHOUT_SHRINKING,
    );
    expect(finding?.difference).toMatchObject({ aspect: 'stable memory', what: 'the end' });
  });

  it('finds an upgrade that fails, and a log line that is missing', async () => {
    const upgrade = await differenceOf(
      {
        install: (inner) => async (request) =>
          request.mode === 'upgrade'
            ? { kind: 'reject', code: 5, errorCode: 'IC0502', text: 'planted' }
            : inner.install(request),
      },
      { ...WITHOUT_SHRINKING, runs: 40 },
    );
    expect(upgrade?.difference).toMatchObject({ aspect: 'upgrade', b: 'IC0502 planted' });
    const log = await differenceOf(
      { logs: (inner) => async (id) => (await inner.logs(id)).slice(0, 1) },
      { ...WITHOUT_SHRINKING, runs: 40 },
    );
    expect(log?.difference).toMatchObject({ aspect: expect.stringMatching(/log|course/) as string });
  });
});

/** Every start of a stopped canister and every upgrade is rejected. */
const TWO_DEFECTS: Defect = {
  install: (inner) => async (request) =>
    request.mode === 'upgrade'
      ? { kind: 'reject', code: 5, errorCode: 'IC0502', text: 'planted' }
      : inner.install(request),
  start: (inner) => async (canister) => {
    await inner.start(canister);
    return { kind: 'reject', code: 5, errorCode: 'IC0508', text: 'planted' };
  },
};

/** A stop takes one round more. */
function slowStop(): Defect {
  const late = new Set<string>();
  return {
    stop: (inner) => async (canister) => {
      const submission = await inner.stop(canister);
      if (submission.kind === 'accepted') late.add(submission.id);
      return submission;
    },
    poll: (inner) => (id) => (late.delete(id) ? Promise.resolve(undefined) : inner.poll(id)),
  };
}

describe('differences of several causes', () => {
  const RUNS = 40;
  const compare = (options: Partial<DifferentialOptions>) =>
    runDifferential({ ...COMMON, runs: RUNS, createB: () => createDefective(TWO_DEFECTS), ...options });
  let compared: ReturnType<typeof compare> | undefined;
  /** The comparison with shrinking. It runs once. */
  const whole = () => (compared ??= compare({}));

  it('are grouped, each with its own schedule, and name round and field', async () => {
    const { findings, runs } = await whole();
    expect(runs).toBe(RUNS);
    expect(findings.map(({ fingerprint }) => fingerprint).sort()).toEqual([
      'upgrade: restarted differs in failure: restarted / ICN planted',
      'upgrade: upgraded differs in failure: upgraded / ICN planted',
    ]);
    for (const { difference, schedule, schedules } of findings) {
      expect(difference.field).toBe('failure');
      expect(difference.round).toBeGreaterThan(2);
      expect(schedule.steps).toHaveLength(1);
      expect(schedules).toBeGreaterThan(1);
    }
  });

  it('that are accepted are counted, and the comparison goes on', async () => {
    const all = await whole();
    const accepted = [{ fingerprint: all.findings[0]!.fingerprint, reason: 'planted' }];
    const rest = await compare({ ...WITHOUT_SHRINKING, accepted });
    expect(rest.accepted).toEqual([{ ...accepted[0], schedules: all.findings[0]!.schedules }]);
    expect(rest.findings.map(({ fingerprint }) => fingerprint)).toEqual([all.findings[1]?.fingerprint]);
  });

  it('end the comparison at their maximum', async () => {
    const { findings, runs } = await compare({ ...WITHOUT_SHRINKING, causesMax: 1 });
    expect(findings).toHaveLength(1);
    expect(runs).toBeLessThan(RUNS);
  });

  it('can be in time only', async () => {
    const { findings } = await compare({
      createB: () => createDefective(slowStop()),
      shrinkExecutionsMax: 0,
    });
    expect(findings[0]?.difference).toMatchObject({ aspect: 'time', field: 'timeNs' });
  });
});
