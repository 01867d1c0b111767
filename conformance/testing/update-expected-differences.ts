/**
 * `npm run conformance:baseline [TRACE…] [-- --add CLASS]`: replays traces on the server of this project and removes the exchanges that
 * are answered as recorded from the lists in `conformance/expected-differences/`. It adds an exchange only with `--add`.
 */
import { parseArgs } from 'node:util';
import {
  isDifferenceClass,
  readExpectedDifferences,
  writeExpectedDifferences,
} from '../exchanges/expected-differences.js';
import type { DifferenceClass } from '../exchanges/difference-classes.js';
import { exchangeTraceNames } from '../exchanges/trace-files.js';
import { describeDifference, replayInProcess } from './unexpected-exchanges.js';

/** Returns whether the list now agrees with the server. */
async function update(name: string, add: DifferenceClass | undefined): Promise<boolean> {
  const before = readExpectedDifferences(name);
  const differing = (await replayInProcess(name)).filter(({ differences }) => differences.length > 0);
  const after = new Map<number, DifferenceClass>();
  const unlisted: string[] = [];
  for (const result of differing) {
    const known = before.get(result.index) ?? add;
    if (known === undefined) unlisted.push(describeDifference(result));
    else after.set(result.index, known);
  }
  writeExpectedDifferences(name, after);
  console.log(`${name}: ${before.size} listed before, ${after.size} now, ${unlisted.length} not listed`);
  if (unlisted.length > 0) console.log(unlisted.join('\n'));
  return unlisted.length === 0;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { add: { type: 'string' } } });
  const { add } = values;
  if (add !== undefined && !isDifferenceClass(add)) {
    console.error(
      `no class has the name "${add}"; conformance/exchanges/difference-classes.ts lists the classes`,
    );
    process.exitCode = 2;
    return;
  }
  const names = exchangeTraceNames();
  const wanted =
    positionals.length === 0
      ? names
      : names.filter((name) => positionals.some((part) => name.startsWith(part)));
  if (wanted.length === 0) {
    console.error(`no trace has this name; the traces are ${names.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  for (const name of wanted) if (!(await update(name, add))) process.exitCode = 1;
}

await main();
