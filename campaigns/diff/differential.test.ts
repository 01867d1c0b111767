import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { abilitiesOf } from '../campaign/abilities.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import { EngineBackend } from '../../servers/pocketic/engine-backend.js';
import { startServer } from '../../servers/pocketic/testing/start-server.js';
import type { Replica } from '../../replicas/replica.js';
import type { Target } from '../../targets/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { BUILT_IN_WASM } from '../subject/subject.js';
import { runDifferential } from './differential.js';
import { oneAtATime } from './one-at-a-time.js';
import { createDefective, spoiled, type Defect } from './testing/planted.js';

const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
const createSound = (): Promise<Replica> => Promise.resolve(createEmbeddedReplica());
const COMMON = { target: uploadTarget, wasm, seed: 1, createA: createSound };

async function differenceOf(defect: Defect, runs = 10) {
  return (await runDifferential({ ...COMMON, runs, createB: () => createDefective(defect) })).finding;
}

describe('two replicas compared', () => {
  it('the engine does not differ from itself, from replica to replica', async () => {
    const runs = 10;
    expect(await runDifferential({ ...COMMON, runs, createB: createSound })).toMatchObject({
      runs,
      finding: undefined,
    });
  });

  it('the engine does not differ from itself behind the server, the driver and HTTP', async () => {
    const { url } = await startServer(() => Promise.resolve(new EngineBackend()));
    const createB = () => createPocketIcReplica({ serverUrl: url });
    const { a, b, finding } = await runDifferential({ ...COMMON, runs: 4, createB });
    expect([a.name, b.name, finding]).toEqual(['embedded', 'pocketic', undefined]);
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
    expect(await runDifferential(options)).toMatchObject({ finding: undefined, neverSucceeded: ['status'] });
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
    const finding = await differenceOf({
      metrics: (inner) => async (canister) => {
        const metrics = await inner.metrics(canister);
        return ++answers < 12 ? metrics : { ...metrics, [field]: metrics[field] + 1 };
      },
    });
    expect(finding?.difference).toMatchObject({ aspect });
  });

  it('finds one other byte of stable memory', async () => {
    const finding = await differenceOf({
      stableMemory: (inner) => async (canister) => spoiled(await inner.stableMemory(canister)),
    });
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
      40,
    );
    expect(upgrade?.difference).toMatchObject({ aspect: 'upgrade', b: 'IC0502 planted' });
    const log = await differenceOf({ logs: (inner) => async (id) => (await inner.logs(id)).slice(0, 1) }, 40);
    expect(log?.difference).toMatchObject({ aspect: expect.stringMatching(/log|course/) as string });
  });
});

describe('a schedule with one call at a time', () => {
  it('holds nothing, picks nothing, and keeps every operation', () => {
    const abilities = abilitiesOf(uploadTarget, { replica: createEmbeddedReplica() });
    for (let run = 0; run < 50; run++) {
      const drawn = scheduleFor(PROFILES.default, 7, run, abilities);
      const { steps } = oneAtATime(drawn);
      expect(steps.some((step) => step.do === 'deliver' || ('hold' in step && step.hold))).toBe(false);
      const operations = (all: typeof steps) =>
        all.flatMap((step) => (step.do === 'call' ? [step.operation] : []));
      expect(operations(steps)).toEqual(operations(drawn.steps));
      expect(oneAtATime({ ...drawn, steps }).steps).toEqual(steps);
    }
  });
});
