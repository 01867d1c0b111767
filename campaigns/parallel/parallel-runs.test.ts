/** Threads of a campaign that end before their work is done, and threads that run ahead. */
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { InputError } from '../../harness/input-error.js';
import type { SubjectSpec } from '../subject/subject.js';
import type { ThreadJob, ThreadJobOptions } from '../threads/thread-job.js';
import { NO_MEASUREMENTS } from '../../reports/documents/run-series.js';
import type { RunResult } from '../campaign/run-result.js';
import type { RunPlan } from '../campaign/run-source.js';
import type { ParallelJob, ParallelMessage } from './job.js';
import { ParallelRuns } from './parallel-runs.js';
import { RangeBoard } from './range-board.js';

type Options = ThreadJobOptions<ParallelJob, ParallelMessage>;

/** The threads of these tests do not read it. */
const SUBJECT: SubjectSpec = {
  targetModule: undefined,
  wasm: new Uint8Array(),
  wasmLabel: '',
  wasmSha256: '',
  fault: undefined,
  initArg: undefined,
};
const PLAN: RunPlan = { firstRun: 10, count: 40, profile: PROFILES.quick, seed: 1 };

function resultOf(runIndex: number): RunResult {
  return {
    runIndex,
    traceHash: String(runIndex),
    verdict: 'valid',
    operations: {},
    outcomes: {},
    states: [],
    measurements: NO_MEASUREMENTS,
    failures: [],
    relationFailures: [],
    checksDeterminism: false,
    checksRelations: false,
  };
}

/** A thread in this one. It executes nothing, and is killed before the run with index `dies`. */
function fakeThread({ job, onMessage }: Options, dies: (runIndex: number) => boolean): ThreadJob {
  const { tasks, rangeSize, thread, first } = job.part;
  const board = new RangeBoard(job.part.board);
  let isStopped = false;
  const takeRange = () => {
    const index = board.take(thread, Math.ceil(tasks.count / rangeSize), () => isStopped);
    if (index === undefined) return undefined;
    const done = index * rangeSize;
    return { firstRun: tasks.firstRun + done, count: Math.min(rangeSize, tasks.count - done) };
  };
  const work = async () => {
    for (let range = first ?? takeRange(); range !== undefined; range = takeRange())
      for (let run = range.firstRun; run < range.firstRun + range.count; run++) {
        await new Promise((resolve) => setImmediate(resolve));
        if (dies(run)) return;
        onMessage({
          type: 'results',
          results: [{ kind: 'run', number: run, run: resultOf(run), coverage: undefined }],
        });
      }
    onMessage({ type: 'ended' });
  };
  return {
    done: work(),
    get isStopped() {
      return isStopped;
    },
    stop: () => void (isStopped = true),
  };
}

async function indicesOf(runs: ParallelRuns, { firstRun, count } = PLAN): Promise<readonly number[]> {
  const indices: number[] = [];
  try {
    for (let next = firstRun; next < firstRun + count; next++) {
      const run = await runs.next(next, Infinity);
      if (run === undefined) break;
      indices.push(run.runIndex);
    }
  } finally {
    await runs.close();
  }
  return indices;
}

const ALL = Array.from({ length: PLAN.count }, (_, index) => PLAN.firstRun + index);

describe('the threads of a campaign', () => {
  it.each([2, 3, 5])(
    'yield every run once and in order if each of %i threads is killed once',
    async (workers) => {
      const killed = new Set<number>();
      const startThread = (options: Options) =>
        fakeThread(options, (run) => {
          const isFirst =
            options.job.part.first === undefined && run % 7 === options.job.part.thread && !killed.has(run);
          if (isFirst) killed.add(run);
          return isFirst;
        });
      expect(await indicesOf(new ParallelRuns(PLAN, { subject: SUBJECT, workers, startThread }))).toEqual(
        ALL,
      );
      expect(killed.size).toBeGreaterThan(0);
    },
  );

  it('are given up if one run kills every thread that executes it', async () => {
    const startThread = (options: Options) => fakeThread(options, (run) => run === 17);
    const runs = new ParallelRuns(PLAN, { subject: SUBJECT, workers: 2, startThread });
    await expect(indicesOf(runs)).rejects.toThrow(InputError);
  });

  it('do not run ahead without a bound while nothing is taken', async () => {
    const idle: ThreadJob = { done: Promise.race([]), isStopped: false, stop: () => undefined };
    let board: RangeBoard | undefined;
    const startThread = ({ job }: Options) => {
      board = new RangeBoard(job.part.board);
      return idle;
    };
    const runs = new ParallelRuns(
      { ...PLAN, count: Infinity },
      { subject: SUBJECT, workers: 2, startThread },
    );
    const takenUntilBlocked = () => {
      let looks = 0;
      let ranges = 0;
      while (board?.take(0, Infinity, () => looks++ > 0) !== undefined) {
        looks = 0;
        ranges++;
      }
      return ranges;
    };
    const first = takenUntilBlocked();
    expect(first).toBeGreaterThan(10);
    void runs.next(PLAN.firstRun + 400, Infinity);
    expect(takenUntilBlocked()).toBe(100);
  });

  it('end when the time is over, and yield the runs that they had begun', async () => {
    const startThread = (options: Options) => fakeThread(options, () => false);
    const plan = { ...PLAN, count: 5_000 };
    const runs = new ParallelRuns(plan, { subject: SUBJECT, workers: 2, startThread });
    await runs.next(10, Infinity);
    let next = 11;
    while ((await runs.next(next, 0)) !== undefined) next++;
    await runs.close();
    expect(next).toBeLessThan(1_100);
  });
});
