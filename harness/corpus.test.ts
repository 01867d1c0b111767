/** The committed corpus: every past failure passes on the production canister and still fails on the fault it was found on. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../targets/upload.js';
import { loadCorpus } from './corpus.js';
import { replay } from './replay.js';
import { Workbench } from './workbench.js';

const moduleOf = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../canister/wasm/${name}.wasm`, import.meta.url)));
const correct = moduleOf('upload');
const faults = moduleOf('upload-faults');
const entries = await loadCorpus(new URL('../corpus', import.meta.url).pathname);

const benchOf = (wasm: Uint8Array, fault?: string) =>
  new Workbench({ replica: createEmbeddedReplica(), target: uploadTarget, wasm, fault });

describe('the corpus', () => {
  it('has failures of different kinds', () => {
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
      expect(failing).toMatchObject({ outcome: 'same', violation: { rule: counterexample.rule } });
    },
  );
});
