/** What the experiments observe on correct canisters, and on canisters with a seeded fault. */
import { describe, expect, it } from 'vitest';
import sessionsTarget from '../../examples/motoko-sessions/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { acceptedPromises } from './promise-fields.js';
import { EXPERIMENTS } from './experiments.js';
import type { ExperimentResult } from './run-experiments.js';
import { observe, textOf, type Observed } from './testing/observe.js';

const REFERENCE = { target: uploadTarget, wasm: 'canister/wasm/upload-faults.wasm' };
const SESSIONS = {
  target: sessionsTarget,
  wasm: 'examples/motoko-sessions/wasm/motoko-sessions-faults.wasm.gz',
};

function observationsOf(results: readonly ExperimentResult[]) {
  return results.flatMap((result) => ('lacks' in result ? [] : [result.observation]));
}

describe('the experiments on the reference canister', () => {
  it('suggest exactly what its target promises', async () => {
    const results = await observe(REFERENCE);
    expect(results.length).toBeGreaterThanOrEqual(24);
    const observations = observationsOf(results);
    expect(observations.filter(({ isDangerous }) => isDangerous)).toEqual([]);
    const { access, limits: _limits, specification: _specification, ...promises } = uploadTarget.promises;
    const found = Object.fromEntries(
      acceptedPromises(observations).map(({ field, value }) => [field, value]),
    );
    expect(found).toEqual({
      ...promises,
      ...Object.fromEntries(Object.entries(access ?? {}).map(([name, value]) => [`access.${name}`, value])),
      expiry: 86_400,
      'limits.activeSessionsMax': 100,
    });
  });
});

/** Each row: the experiment, the canister with its fault, and what is observed only there. */
const FAULTS: readonly (readonly [name: string, observed: Observed, text: RegExp])[] = [
  [
    'chunks-out-of-order',
    withFault('hash-in-arrival-order'),
    /^DANGEROUS accepted; the upload cannot be finished/,
  ],
  ['chunks-reversed', withFault('hash-in-arrival-order'), /^DANGEROUS/],
  ['chunk-twice', withFault('same-bytes-refused'), /repeatedPut: rejected/],
  ['other-bytes', withFault('other-bytes-overwrite'), /otherPut: undefined/],
  ['chunk-too-short', withFault('short-middle-chunk-accepted'), /the short chunk is accepted/],
  ['chunk-too-long', withFault('hash-before-checks'), /^DANGEROUS the long chunk is rejected/],
  ['last-chunk-too-long', withFault('oversize-last-chunk-accepted'), /the long chunk is accepted/],
  [
    'chunk-beyond-the-end',
    withFault('index-equal-to-count-accepted'),
    /the chunk beyond the end is accepted/,
  ],
  ['empty-chunk', withFault('short-middle-chunk-accepted'), /the empty chunk is accepted/],
  ['finish-after-repeated-chunks', withFault('gaps-by-count'), /^DANGEROUS/],
  ['wrong-hash', withFault('hash-not-compared'), /^DANGEROUS the wrong finish is accepted/],
  ['wrong-hash', onSessions('wrong-hash-discards-chunks'), /^DANGEROUS rejected/],
  ['stranger-puts', withFault('owner-not-checked-on-put'), /^DANGEROUS the stranger's put is accepted/],
  ['stranger-finishes', withFault('owner-not-checked-on-finish'), /access.finish: anyone/],
  ['stranger-aborts', onSessions('stranger-cancels'), /^DANGEROUS the stranger is rejected/],
  ['stranger-asks-status', withFault('owner-not-checked-on-status'), /access.status: anyone/],
  ['begin-twice', withFault('key-ignored'), /repeatedBegin: new/],
  [
    'two-uploads',
    withFault('chunk-key-by-last-session'),
    /^DANGEROUS first upload: the upload cannot be finished/,
  ],
  ['two-uploads-one-name', withFault('chunk-key-by-name'), /^DANGEROUS/],
  ['two-callers-one-key', withFault('key-shared-between-callers'), /the second upload is rejected/],
  ['upgrade-in-the-middle', withFault('partial-hash-lost-on-upgrade'), /^DANGEROUS the next put is accepted/],
  ['upgrade-in-the-middle', withFault('sessions-lost-on-upgrade'), /upgrade: files/],
  ['two-finishes-at-once', onSessions('published-twice'), /^DANGEROUS.*published 2 times/],
  ['storage-after-abort', withFault('chunks-kept-on-abort'), /^DANGEROUS/],
];

function withFault(fault: string): Observed {
  return { ...REFERENCE, fault };
}
function onSessions(fault: string): Observed {
  return { ...SESSIONS, fault };
}

describe('an experiment', () => {
  it.each(FAULTS)('%s observes a fault (%#)', async (name, subject, text) => {
    const [correct] = await observe({ target: subject.target, wasm: subject.wasm, names: [name] });
    const [faulty] = await observe({ ...subject, names: [name] });
    expect(textOf(faulty)).toMatch(text);
    expect(textOf(correct)).not.toMatch(text);
  });

  it('has a name of its own', () => {
    const names = EXPERIMENTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the experiments on a canister in Motoko', () => {
  it('find nothing dangerous', async () => {
    const results = await observe({ ...SESSIONS });
    const texts = results.map((result) => `${result.name}: ${textOf(result)}`);
    expect(texts.filter((text) => text.includes('DANGEROUS'))).toEqual([]);
    expect(acceptedPromises(observationsOf(results))).toContainEqual({
      field: 'repeatedBegin',
      value: 'new',
    });
  });
});

it('the first upload that fails ends the probe with one line', async () => {
  await expect(observe(withFault('canary'))).rejects.toThrow(
    /^the first upload fails: finish A: ChecksumMismatch .*; correct the target, or the canister$/,
  );
});
