import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { CoverageRecorder } from '../../replicas/embedded/wasm/coverage-recorder.js';
import { debugLines } from '../../replicas/embedded/wasm/debug-lines.js';
import { assemble } from '../../replicas/embedded/wasm/testing/assemble.js';
import { coveredFiles } from './line-coverage.js';

const folder = new URL('../../replicas/embedded/testing/debug-lines/', import.meta.url);
const wasm = new Uint8Array(readFileSync(new URL('lines.wasm', folder)));
const source = readFileSync(new URL('lines.rs', folder), 'utf8').split('\n');

/** Number of the only line that contains the text. */
function lineOf(text: string): number {
  const places = source.flatMap((line, place) => (line.includes(text) ? [place + 1] : []));
  expect(places).toHaveLength(1);
  return places[0] ?? 0;
}

describe('coverage by source line', () => {
  it('counts how often each line with code was reached', async () => {
    const coverage = new CoverageRecorder();
    const replica = createEmbeddedReplica({ coverage });
    const canister = await replica.createCanister();
    await replica.install({ canister, mode: 'install', wasm, arg: new Uint8Array() });
    for (let call = 0; call < 3; call++) {
      const message = { canister, method: 'm', arg: new Uint8Array(), caller: '2vxsx-fae' };
      const submitted = await replica.submit(message);
      if (submitted.kind === 'accepted') await replica.deliver(submitted.id);
    }
    const [counts] = coverage.take();
    const files = counts === undefined ? [] : coveredFiles(counts);
    expect(files.map(({ path }) => path)).toEqual(['/fixture/lines.rs']);
    const [file] = files;
    const countOf = (text: string) => file?.lines.find(({ line }) => line === lineOf(text))?.count;
    expect(countOf('value * 3')).toBe(3);
    expect(countOf('value + 7')).toBe(0);
    expect(countOf('        msg_reply();')).toBe(3);
    expect(file?.functions.map(({ name, calls }) => [name, calls])).toContainEqual(['canister_update m', 3]);
    const outcomes = file?.branches.find(({ line }) => line === lineOf('if value > 1'))?.outcomes;
    expect(outcomes?.toSorted()).toEqual([0, 3]);
  });

  it('is absent without debug information', () => {
    expect(debugLines(assemble('(module (func nop))'))).toBe(undefined);
  });

  it('ignores debug information that is damaged', () => {
    const damaged = wasm.slice();
    const at = Buffer.from(damaged).indexOf('.debug_line') + '.debug_line'.length;
    damaged.fill(0xff, at, at + 40);
    expect(() => debugLines(damaged)).not.toThrow();
  });
});
