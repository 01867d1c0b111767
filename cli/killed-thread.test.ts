/** A campaign in threads of the built package, of which one is killed. */
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { runCampaign } from '../campaigns/campaign/campaign.js';
import type { StartRuns } from '../campaigns/campaign/run-source.js';
import type { ParallelJob, ParallelMessage } from '../campaigns/parallel/job.js';
import { ParallelRuns } from '../campaigns/parallel/parallel-runs.js';
import { openRunner } from '../campaigns/subject/open-runner.js';
import { openSubject, resolveSubject } from '../campaigns/subject/subject.js';
import { startThreadJob, type ThreadJob, type ThreadJobOptions } from '../campaigns/threads/thread-job.js';
import { PROFILES } from '../generators/profile.js';
import { inProject } from '../suites/testing/fixtures.js';

const module = pathToFileURL(inProject('dist/campaigns/parallel/worker.js'));

it('a campaign has the same result if one of its threads is killed in the middle', async () => {
  const spec = await resolveSubject({ fault: 'hash-in-arrival-order' });
  const subject = await openSubject(spec);
  const campaign = async (startRuns?: StartRuns) => {
    const runner = await openRunner(spec, subject, 'embedded');
    const { elapsedMs, schedulesPerSecond, workers, ...result } = await runCampaign({
      runner,
      wasmSha256: spec.wasmSha256,
      seed: 1,
      profile: PROFILES.quick,
      runs: 16,
      shrinkExecutionsMax: 10,
      startRuns,
    });
    await runner.replica.dispose();
    return { times: [elapsedMs, schedulesPerSecond], workers, result };
  };
  let started = 0;
  const startThread = (options: ThreadJobOptions<ParallelJob, ParallelMessage>) => {
    const isVictim = started++ === 0;
    const thread: ThreadJob = startThreadJob<ParallelJob, ParallelMessage>({
      ...options,
      module,
      onMessage: (message) => {
        options.onMessage(message);
        if (!isVictim || thread.isStopped) return;
        // The second call terminates the thread.
        thread.stop();
        thread.stop();
      },
    });
    return thread;
  };
  const parallel = await campaign(
    (plan) => new ParallelRuns(plan, { subject: spec, workers: 2, startThread }),
  );
  expect(started).toBe(3);
  expect(parallel.workers).toBe(2);
  const { result } = await campaign();
  expect(result.findings.length).toBeGreaterThan(0);
  expect(parallel.result).toEqual(result);
});
