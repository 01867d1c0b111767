/**
 * Prints how many orders and how much time each strategy of `explore` needs to find a seeded fault that needs a particular order: the median
 * of ten seeds, with equal budgets. Orders do not depend on the machine; times do.
 */
import { pathToFileURL } from 'node:url';
import { abilitiesOf } from '../campaigns/campaign/abilities.js';
import { explore } from '../explore/explore.js';
import { namedWorkload } from '../explore/named-workloads.js';
import type { Strategy } from '../explore/strategy.js';
import { depthFirst } from '../explore/strategies/depth-first.js';
import { pct } from '../explore/strategies/pct.js';
import { pos } from '../explore/strategies/pos.js';
import { randomWalk } from '../explore/strategies/random-walk.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { faultyRunner } from './faulty-runner.js';
import { median } from './measure.js';

interface Case {
  readonly fault: string;
  readonly workload: string;
  /** Folder of an example; absent: the reference canister. */
  readonly example?: string;
}

const PAIR = 'index-and-buckets';

function inPair(workload: string, ...faults: readonly string[]): readonly Case[] {
  return faults.map((fault) => ({ fault, workload, example: PAIR }));
}

/** Faults that show only if messages come in a particular order, each with a workload that contains it. */
const CASES: readonly Case[] = [
  { fault: 'shared-finish-slot', workload: 'two-uploads' },
  { fault: 'partial-hash-lost-on-upgrade', workload: 'upgrade-in-between' },
  { fault: 'key-ignored', workload: 'same-key' },
  { fault: 'second-finish-second-memory', workload: 'two-finishes' },
  ...inPair('two-finishes', 'finish-not-locked'),
  ...inPair('abort-during-finish', 'cancel-ignores-lock', 'trap-after-commit'),
  ...inPair('index-and-buckets', 'quota-written-after-await'),
  ...inPair('upgrade-in-between', 'file-id-on-heap'),
  ...inPair(
    'lost-answer',
    'begin-before-open',
    'commit-not-repeatable',
    'quota-kept-after-reject',
    'retry-commits-twice',
    'two-buckets-for-one-upload',
    'unknown-as-failure',
    'unknown-as-success',
  ),
  ...inPair('lost-quota', 'ended-forgotten-too-early', 'release-not-remembered'),
  ...inPair('outage-in-between', 'reject-as-success', 'reply-before-commit', 'stop-ends-finish'),
  ...inPair('loss-and-outage', 'reject-settles-unknown'),
];

const STRATEGIES: readonly Strategy[] = [randomWalk, pct(3), pos, depthFirst];
const SEEDS = 10;
const ORDERS_MAX = 300;

interface Sample {
  readonly orders: number;
  readonly ms: number;
  readonly isFound: boolean;
}

async function search(
  runner: ScheduleRunner,
  { workload }: Case,
  strategy: Strategy,
  seed: number,
): Promise<Sample> {
  const { shape } = runner.target;
  const started = process.cpuUsage();
  let isFound = false;
  const { executed } = await explore({
    runner,
    workload: namedWorkload(workload, { shape, ...abilitiesOf(runner.target, runner) }),
    strategy,
    seed,
    recognisesStates: strategy === depthFirst,
    ordersMax: ORDERS_MAX,
    onOrder: ({ verdict }) => {
      isFound ||= verdict.kind === 'invalid';
    },
    isOver: () => isFound,
  });
  return { orders: executed, ms: process.cpuUsage(started).user / 1000, isFound };
}

async function benchStrategies(): Promise<void> {
  console.log(
    `median of ${SEEDS} seeds: orders and milliseconds of processor time until found, of at most ${ORDERS_MAX} orders`,
  );
  console.log(['fault'.padEnd(32), ...STRATEGIES.map(({ name }) => name.padStart(22))].join(''));
  for (const one of CASES) {
    const runner = await faultyRunner(one.fault, one.example);
    const cells: string[] = [];
    for (const strategy of STRATEGIES) {
      // The exhaustive search does not depend on the seed.
      const seeds = strategy === depthFirst ? 1 : SEEDS;
      const samples: Sample[] = [];
      for (let seed = 1; seed <= seeds; seed++) samples.push(await search(runner, one, strategy, seed));
      const missed = samples.filter(({ isFound }) => !isFound).length;
      const figure = `${median(samples.map(({ orders }) => orders))} / ${Math.round(median(samples.map(({ ms }) => ms)))} ms`;
      cells.push((missed === 0 ? figure : `${figure} (missed ${missed})`).padStart(22));
    }
    console.log([one.fault.padEnd(32), ...cells].join(''));
    await runner.replica.dispose();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchStrategies();
