/**
 * Records, for each seeded fault, the facts and relations that find it, in `rule-matrix.json`, and writes the table in docs/rules.md.
 * `node dist/bench/rule-matrix.js [CANISTER[/FAULT]…]`; `reference` names the reference canister; default: it and all examples with faults.
 * `--table` writes the table from what is recorded. Every fault gets the same schedules, so the output does not depend on the machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { abilitiesOf } from '../campaigns/campaign/abilities.js';
import { PROFILES } from '../generators/profile.js';
import { scheduleFor } from '../generators/schedule-for.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { judge, readerOption } from '../harness/judgement/judge.js';
import { relationFailures } from '../harness/relations/examine.js';
import { allFaults, faultyRunner } from './faulty-runner.js';
import {
  MATRIX_PATH,
  MATRIX_RULES,
  matrixTable,
  readMatrix,
  RULES_PAGE_PATH,
  unfoundIn,
  withTable,
  type Matrix,
} from './rule-matrix-table.js';

const SCHEDULES = 100;
/** As long as no rule finds the fault. */
const SCHEDULES_MAX = 700;
/** Relations are checked on every fourth schedule, because they cost several runs. */
const RELATIONS_EVERY = 4;
const SEED = 1;

/** The facts and relations that find the fault. A rule is not judged again after its first finding. */
async function findersOf(runner: ScheduleRunner): Promise<ReadonlySet<string>> {
  const open = new Set(MATRIX_RULES);
  const abilities = abilitiesOf(runner.target, runner);
  const isLeft = (run: number) =>
    run < SCHEDULES || (run < SCHEDULES_MAX && open.size === MATRIX_RULES.length);
  for (let run = 0; isLeft(run); run++) {
    const schedule = scheduleFor(PROFILES.default, SEED, run, abilities);
    const history = await runner.run(schedule);
    const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only: open });
    if (verdict.kind === 'invalid') for (const { checker } of verdict.violations) open.delete(checker);
    if (run % RELATIONS_EVERY !== 0) continue;
    for (const { violations } of await relationFailures(runner, { schedule, history }, { only: open }))
      for (const { checker } of violations) open.delete(checker);
  }
  return new Set(MATRIX_RULES.filter((name) => !open.has(name)));
}

/** Faults that no longer exist are left out. Other runs of this program may record at the same time. */
function record(fault: string, finders: ReadonlySet<string>): void {
  const matrix: Matrix = { ...readMatrix(), [fault]: [...finders].sort() };
  const entries = allFaults().flatMap((name) => (matrix[name] === undefined ? [] : [[name, matrix[name]]]));
  // One line for each fault.
  const lines = entries.map(([name, found]) => `  ${JSON.stringify(name)}: ${JSON.stringify(found)}`);
  writeFileSync(MATRIX_PATH, `{\n${lines.join(',\n')}\n}\n`);
}

async function measure(asked: readonly string[]): Promise<void> {
  const all = allFaults();
  const isPartOf = (name: string, one: string) => name === one || name.startsWith(`${one}/`);
  const unknown = asked.find((one) => !all.some((name) => isPartOf(name, one)));
  if (unknown !== undefined) throw new Error(`there is no canister or fault ${unknown}`);
  for (const name of all) {
    if (asked.length > 0 && !asked.some((one) => isPartOf(name, one))) continue;
    const [canister = '', fault = ''] = name.split('/');
    const runner = await faultyRunner(fault, canister);
    const finders = await findersOf(runner);
    await runner.replica.dispose();
    record(name, finders);
    console.error(`${name}: ${[...finders].sort().join(', ') || 'found by no fact and no relation'}`);
  }
}

function writeTable(): void {
  const matrix = readMatrix();
  writeFileSync(RULES_PAGE_PATH, withTable(readFileSync(RULES_PAGE_PATH, 'utf8'), matrixTable(matrix)));
  console.log(`found by none: ${unfoundIn(matrix).join(', ') || 'no fault'}`);
}

const [, script, ...asked] = process.argv;
if (import.meta.url === pathToFileURL(script ?? '').href) {
  if (!asked.includes('--table')) await measure(asked);
  writeTable();
}
