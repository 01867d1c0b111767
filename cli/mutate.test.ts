/** `mutate`: changes of the module, its reports, and how an interrupted command continues. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { mutationReportSchema } from '../reports/documents/mutation-report.js';
import { commandInProcess, expectRefusal, it } from './testing/command.js';

const MUTATE = ['mutate', '--profile', 'quick', '--runs', '2'];

describe('mutate', () => {
  it('reports the state of each mutant, and takes the results of an earlier command', async ({ out }) => {
    const first = await commandInProcess([...MUTATE, '--out', out, '--sample', '3', '--json']);
    expect(first.exitCode).toBe(0);
    const report = mutationReportSchema.parse(JSON.parse(first.stdout));
    const { mutants, states } = report;
    expect(states.Killed + states.Timeout + states.Survived + states.Suspected).toBe(3);
    expect(mutants).toHaveLength(3 + states.NoCoverage);
    for (const { state, killedBy, runs } of mutants) {
      expect(runs > 0).toBe(state !== 'NoCoverage');
      if (state === 'Killed') expect(killedBy).not.toBe(null);
    }
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('<h2 id="mutation">');

    const stateFile = join(out, 'mutate-state.jsonl');
    // The last line of a command that was killed may be cut off.
    appendFileSync(stateFile, '{"id":"1+');
    const lines = readFileSync(stateFile, 'utf8').split('\n');
    writeFileSync(stateFile, [...lines.slice(0, 3), '{"id":'].join('\n'));
    const second = await commandInProcess([...MUTATE, '--out', out, '--sample', '3', '--json']);
    expect(second.stderr).toContain('using 2 results of an earlier command');
    expect(mutationReportSchema.parse(JSON.parse(second.stdout)).mutants).toEqual(mutants);
  });

  it('exits with code 1 if the score is below --min-score', async ({ out }) => {
    // No function differs from the module itself, so there is no score.
    const since = ['--since', 'canister/wasm/upload.wasm', '--min-score', '50'];
    const { exitCode, stderr, stdout } = await commandInProcess([...MUTATE, '--out', out, ...since]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^no mutant was run/);
    expect(stderr).toContain('upload-stress: there is no score, and --min-score requires 50 %');
  });

  it('refuses a wrong sample, score, or module in one line', async ({ out }) => {
    const mutate = (...args: readonly string[]) => commandInProcess([...MUTATE, '--out', out, ...args]);
    expectRefusal(await mutate('--sample', 'some'), /^upload-stress: option '--sample <n>'/);
    expectRefusal(await mutate('--min-score', '101'), /give a number from 0 to 100\.$/);
    expectRefusal(await mutate('--since', 'none.wasm'), /^upload-stress: .*none\.wasm/);
    expectRefusal(
      await mutate('--since', 'package.json'),
      /^upload-stress: --since package\.json: it is not a canister module/,
    );
    expectRefusal(
      await mutate('--target', 'http://127.0.0.1:1'),
      /^upload-stress: mutate is not supported for HTTP services/,
    );
  });
});
