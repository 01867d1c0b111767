/** The command `explore` as a user meets it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ExploreReport } from '../reports/documents/explore-report.js';
import { inProject } from '../suites/testing/fixtures.js';
import { command, commandInProcess, expectRefusal, it } from './testing/command.js';

describe('explore', () => {
  it('runs every order, states the coverage, and saves the document and the page', async ({ out }) => {
    const { exitCode, stdout } = await command(['explore', 'two-finishes', '--out', out]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^no violation in any order$/m);
    expect(stdout).toMatch(/^complete: all 6 orders of 3 messages, 10 distinct states/m);
    const report = JSON.parse(readFileSync(join(out, 'explore.json'), 'utf8')) as ExploreReport;
    expect(report).toMatchObject({ complete: true, orders: 6, verdict: 'valid', boundedBy: null });
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('complete: all 6 orders of 3 messages');
  });

  it('prints one document with --json, and a finding with the choice that makes the difference', async ({
    out,
  }) => {
    const args = ['explore', '--fault', 'shared-finish-slot', '--orders', '60', '--json', '--out', out];
    const { exitCode, stdout } = await commandInProcess([...args, '--replica', 'embedded']);
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout) as ExploreReport;
    expect(report).toMatchObject({
      workload: 'two-uploads',
      strategy: 'depth-first',
      complete: false,
      boundedBy: 'the number of orders',
      verdict: 'invalid',
      confirmation: { replica: null, reason: '--replica embedded does not use a second replica' },
    });
    const [finding] = report.findings;
    expect(finding?.choice?.failing[0]).not.toBe(finding?.choice?.passing[0]);
    const saved = readdirSync(join(out, 'counterexamples'));
    expect(saved).toHaveLength(report.findings.length);
    const replayed = await commandInProcess(['replay', join(out, 'counterexamples', saved[0]!)]);
    expect(replayed.exitCode).toBe(1);
  });

  it('repeats findings on the PocketIC server that it finds', async ({ out }) => {
    const args = ['explore', '--fault', 'shared-finish-slot', '--orders', '60', '--json', '--out', out];
    const server = join(dirname(out), 'pocket-ic');
    // The search rejects the server of this project, so another file answers for its version.
    const script = `case "$1" in --version) echo pocket-ic-server 10.0.0 ;; *) exec "${inProject('bin/pocket-ic')}" "$@" ;; esac`;
    writeFileSync(server, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const found = await commandInProcess(args, { POCKET_IC_BIN: server });
    const report = JSON.parse(found.stdout) as ExploreReport;
    expect(report.confirmation.replica?.name).toBe('pocketic');
    expect(report.findings.map(({ confirmed }) => confirmed)).not.toContain(null);
  });

  it('explores a workload from a file, and generated ones', async ({ out }) => {
    const file = join(dirname(out), 'workload.json');
    writeFileSync(
      file,
      JSON.stringify({
        name: 'begin-and-abort',
        limits: { chunkSize: 64 },
        callers: 1,
        files: [{ name: 'a', bytes: 10, content: { kind: 'zero' } }],
        before: [{ do: 'call', operation: { op: 'begin', session: 'A', file: 0, caller: 0, key: 'a' } }],
        lanes: [
          [{ do: 'call', operation: { op: 'abort', session: 'A' } }],
          [{ do: 'call', operation: { op: 'put', session: 'A', index: 0, data: { kind: 'right' } } }],
          [{ do: 'upgrade' }],
        ],
      }),
    );
    const given = await commandInProcess(['explore', file, '--no-reduction', '--out', out]);
    expect(given.stdout).toMatch(/^complete: all 6 orders of 3 messages/m);
    const generated = await commandInProcess([
      'explore',
      '--generated',
      '2',
      '--strategy',
      'pos',
      '--orders',
      '5',
      '--out',
      out,
    ]);
    expect(generated.stdout).toMatch(
      /^incomplete: 10 orders .* of 2 workloads, bounded by the number of orders/m,
    );
  });

  it.for([
    {
      name: 'a workload that does not exist',
      args: ['three-uploads'],
      line: /no workload or file of this name/,
    },
    {
      name: 'a workload that does not fit',
      args: ['index-and-buckets'],
      line: /the target has one canister/,
    },
    {
      name: 'two sources',
      args: ['same-key', '--generated', '3'],
      line: /--generated: it replaces the workload/,
    },
  ])('refuses $name', async ({ args, line }, { out }) => {
    expectRefusal(await commandInProcess(['explore', ...args, '--out', out]), line);
  });

  it('refuses a file that is no workload', async ({ out }) => {
    const file = join(dirname(out), 'broken.json');
    writeFileSync(file, '{"name": "x", "lanes": []}');
    expectRefusal(
      await commandInProcess(['explore', file, '--out', out]),
      /neither a workload nor a counterexample: limits/,
    );
  });
});
