/** The command `probe` as a user meets it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { inProject } from '../suites/testing/fixtures.js';
import type { ProbeReport } from '../reports/documents/probe-report.js';
import { commandInProcess, expectRefusal, it } from './testing/command.js';
import { importReferenceTarget } from './testing/reference-target.js';

const WASM = inProject('canister/wasm/upload.wasm');

/** The source of a target that behaves like the built-in one and promises less. */
function targetSource(reference: string, promises: string, more = ''): string {
  return `
${reference}
export default {
  ...uploadTarget,
  promises: ${promises},${more}
};
`;
}

describe('probe', () => {
  it('prints a table, and saves the document and the page', async ({ out }) => {
    const { exitCode, stdout } = await commandInProcess([
      'probe',
      '--out',
      out,
      '--evidence',
      'finish-twice',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^chunks-out-of-order +The second chunk is put before the first\. +chunkOrder: any$/m,
    );
    expect(stdout).toMatch(/^ +the second finish returns the same file;/m);
    expect(stdout).toMatch(/^ +finish A → Ok with blob blob_1, .*\n +finish A → Ok with blob blob_1, /m);
    expect(stdout).toMatch(/\d+ experiments, no dangerous behavior$/);
    const report = JSON.parse(readFileSync(`${out}/probe.json`, 'utf8')) as ProbeReport;
    expect(report.experiments.length).toBeGreaterThanOrEqual(24);
    expect(readFileSync(`${out}/index.html`, 'utf8')).toContain('The second chunk is put before the first.');
  });

  it('marks dangerous behavior, and prints one document with --json', async ({ out }) => {
    const args = ['probe', '--fault', 'owner-not-checked-on-put', '--json', '--out', out];
    const { exitCode, stdout } = await commandInProcess(args);
    expect(exitCode).toBe(0);
    const { experiments } = JSON.parse(stdout) as ProbeReport;
    expect(experiments.find(({ name }) => name === 'stranger-puts')).toMatchObject({
      observed: "the stranger's put is accepted; afterwards the upload cannot be finished",
      promise: { field: 'access.put', value: 'anyone' },
      promised: 'owner',
      dangerous: true,
    });
    const lines = experiments.find(({ name }) => name === 'stranger-puts')?.evidence.map(({ call }) => call);
    expect(lines).toContain('put A[1] with byte 7 flipped by caller 1');
  });

  it('writes what the target does not promise yet into its module, except dangerous behavior', async ({
    folder,
    file,
    out,
  }) => {
    const promises = `{
    limits: { chunkSize: 'init' },
    repeatedPut: 'rejected', // wrong on purpose
  }`;
    const wasm = inProject('canister/wasm/upload-faults.wasm');
    const more = `\n  encodeInitArg: (limits) => uploadTarget.encodeInitArg(limits, { fault: 'owner-not-checked-on-put' }),`;
    const target = file('target.ts', targetSource(await importReferenceTarget(folder), promises, more));
    const args = ['probe', '--wasm', wasm, '--target', target, '--write', '--out', out];
    const { exitCode, stdout } = await commandInProcess(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ *chunk-twice .* repeatedPut: accepted, but the target promises rejected$/m);
    const source = readFileSync(target, 'utf8');
    expect(source).toContain("    repeatedPut: 'rejected', // wrong on purpose\n");
    expect(source).toContain("    wrongPut: 'rejected',\n");
    expect(source).toContain("finish: 'owner'");
    expect(source).not.toContain('put: ');
    expect(source).toContain('activeSessionsMax: 100');
  });

  it('prints the promises of a target that it cannot edit', async ({ file, folder, out }) => {
    const promises = "Object.assign({ limits: { chunkSize: 'init' as const } })";
    const target = file('target.ts', targetSource(await importReferenceTarget(folder), promises));
    const before = readFileSync(target, 'utf8');
    const { stderr } = await commandInProcess([
      'probe',
      '--wasm',
      WASM,
      '--target',
      target,
      '--write',
      '--out',
      out,
    ]);
    expect(stderr).toContain(
      'is unchanged: its promises are not one object literal. Promises to add by hand:\n',
    );
    expect(stderr).toContain("  chunkOrder: 'any',\n");
    expect(readFileSync(target, 'utf8')).toBe(before);
  });

  it('names the call that fails in the smoke upload, and its answer', async ({ out }) => {
    const { exitCode, stdout, stderr } = await commandInProcess(['probe', '--fault', 'canary', '--out', out]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^upload-stress: the smoke upload fails: finish A: ChecksumMismatch \(expected .*\); correct the target or the canister$/m,
    );
    expect(existsSync(`${out}/probe.json`)).toBe(false);
  });

  it.each([
    [
      ['--evidence', 'nothing'],
      /there is no experiment "nothing"; the experiments are chunks-out-of-order, /,
    ],
    [['--write'], /--write requires --target, the module whose promises it completes$/],
    [['--target', 'http://localhost:1'], /probe needs a canister; HTTP services are not supported$/],
  ])('rejects %j in one line', async (args, line) => {
    expectRefusal(await commandInProcess(['probe', ...args]), line);
  });
});
