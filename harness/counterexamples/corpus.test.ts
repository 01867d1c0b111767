/** The committed corpus: every past failure passes on the production canister and still fails on the fault it was found on. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { loadCorpus } from './corpus.js';
import { replayCorpus } from '../../campaigns/campaign/corpus-replay.js';
import { InputError } from '../input-error.js';
import { replay } from './replay.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';

function moduleOf(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../canister/wasm/${name}.wasm`, import.meta.url)));
}
const correct = moduleOf('upload');
const faults = moduleOf('upload-faults');
const entries = await loadCorpus(new URL('../../corpus', import.meta.url).pathname);

function benchOf(wasm: Uint8Array, fault?: string) {
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm, fault });
}

describe('a replay of the corpus', () => {
  const sha256 = 'ab'.repeat(32);

  it('passes on the production canister', async () => {
    const result = await replayCorpus(entries, benchOf(correct), sha256);
    expect(result).toEqual({ replayed: entries.length, failing: [], skipped: [] });
  });

  it('reports failures of the module under test', async () => {
    const { failing, replayed } = await replayCorpus(
      entries,
      benchOf(faults, 'index-committed-later'),
      sha256,
    );
    expect(replayed).toBe(entries.length);
    const own = failing.find(({ path }) => path.endsWith('/index-committed-later.json'));
    expect(own?.counterexample).toMatchObject({
      checker: 'immediate-retrieval',
      wasmSha256: sha256,
      fault: null,
      isMinimal: false,
      context: { sessions: [{ state: 'Completed' }] },
    });
  });

  it('skips counterexamples of other targets and those that cannot run on this replica', async () => {
    const [entry] = entries;
    const { path, counterexample } = entry!;
    const foreign = { path, counterexample: { ...counterexample, target: 'other' } };
    const { schedule } = counterexample;
    const file = { name: 'f', bytes: 1, content: { kind: 'path', path: '/nowhere/f', sha256 } } as const;
    const unreadable = {
      path,
      counterexample: { ...counterexample, schedule: { ...schedule, files: [file] } },
    };
    const reader = (): never => {
      throw new InputError('file /nowhere/f: it does not exist');
    };
    const replica = createEmbeddedReplica();
    const runner = new ScheduleRunner({ replica, target: uploadTarget, wasm: correct, reader });
    const result = await replayCorpus([foreign, unreadable], runner, sha256);
    expect(result).toMatchObject({ replayed: 0, failing: [] });
    expect(result.skipped.map(({ reason }) => reason)).toEqual([
      'it is about target "other"',
      'file /nowhere/f: it does not exist',
    ]);
  });
});

describe('the corpus', () => {
  it('contains different kinds of failure', () => {
    const checkers = new Set(entries.map(({ counterexample }) => counterexample.checker));
    expect(checkers.size).toBeGreaterThanOrEqual(5);
  });

  it.each(entries.map(({ path, counterexample }) => [path.split('/').at(-1), counterexample] as const))(
    '%s passes on the production canister and fails on its fault',
    async (name, counterexample) => {
      expect(name).toBe(`${counterexample.fault}.json`);
      expect(counterexample.isMinimal).toBe(true);
      expect((await replay(benchOf(correct), counterexample)).outcome).toBe('passes');
      const failing = await replay(benchOf(faults, counterexample.fault ?? undefined), counterexample);
      // If the trace alone differs: harness/testing/refresh-corpus.ts.
      const { rule } = counterexample;
      expect(failing).toMatchObject({ outcome: 'same', isSameTrace: true, violation: { rule } });
    },
  );
});
