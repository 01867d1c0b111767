/**
 * Prints, for each fact and relation, the seeded faults that no other fact or relation finds, and those that it finds together with others.
 * `node dist/bench/rule-matrix.js [EXAMPLE…]`; `reference` names the reference canister; default: it and all examples with faults. Every
 * fault gets the same schedules, so the output does not depend on the machine.
 */
import { pathToFileURL } from 'node:url';
import { abilitiesOf } from '../campaigns/campaign/abilities.js';
import { PROFILES } from '../generators/profile.js';
import { scheduleFor } from '../generators/schedule-for.js';
import { RULES } from '../harness/evidence/rules.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { LAYER_NAMES, selectionOf } from '../harness/judgement/applicable-rules.js';
import { judge, readerOption } from '../harness/judgement/judge.js';
import { relationFailures } from '../harness/relations/examine.js';
import { RELATIONS } from '../harness/relations/relations.js';
import { canistersWithFaults, faultsOf, faultyRunner } from './faulty-runner.js';

const SCHEDULES = 200;
/** Relations are checked on every fourth schedule, because they cost several runs. */
const RELATIONS_EVERY = 4;
const SEED = 1;

const FACTS = Object.values(RULES).flatMap(({ checker, layer }) => (layer === 'fact' ? [checker] : []));
const NAMES = [...FACTS, ...RELATIONS.map(({ name }) => name)];
const SELECTION = selectionOf([LAYER_NAMES.fact, LAYER_NAMES.relation]);

/** The facts and relations that find the fault. */
async function findersOf(runner: ScheduleRunner): Promise<ReadonlySet<string>> {
  const finders = new Set<string>();
  const abilities = abilitiesOf(runner.target, runner);
  for (let run = 0; run < SCHEDULES; run++) {
    const schedule = scheduleFor(PROFILES.default, SEED, run, abilities);
    const history = await runner.run(schedule);
    const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only: SELECTION });
    if (verdict.kind === 'invalid') for (const { checker } of verdict.violations) finders.add(checker);
    if (run % RELATIONS_EVERY !== 0) continue;
    for (const { violations } of await relationFailures(runner, { schedule, history }, { only: SELECTION }))
      for (const { checker } of violations) finders.add(checker);
  }
  return finders;
}

async function printMatrix(canisters: readonly string[]): Promise<void> {
  const finders = new Map<string, ReadonlySet<string>>();
  for (const canister of canisters) {
    for (const fault of faultsOf(canister)) {
      const runner = await faultyRunner(fault, canister);
      const found = await findersOf(runner);
      await runner.replica.dispose();
      finders.set(`${canister}/${fault}`, found);
      console.error(
        `${canister}/${fault}: ${[...found].sort().join(', ') || 'found by no fact and no relation'}`,
      );
    }
  }
  console.log(`${SCHEDULES} schedules of the default profile with seed ${SEED} for each fault\n`);
  console.log('| fact or relation | finds | faults that only it finds |\n|---|---|---|');
  for (const name of NAMES) {
    const all = [...finders].filter(([, found]) => found.has(name));
    const alone = all.flatMap(([fault, found]) => (found.size === 1 ? [fault] : []));
    console.log(`| \`${name}\` | ${all.length} | ${alone.join(', ') || '-'} |`);
  }
}

const [, script, ...asked] = process.argv;
if (import.meta.url === pathToFileURL(script ?? '').href)
  await printMatrix(asked.length > 0 ? asked : canistersWithFaults());
