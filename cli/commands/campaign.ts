/** `upload-stress campaign`: campaigns on several machines. `campaigns/cluster/` does the work. */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { loadAcceptedDeviations } from '../../campaigns/campaign/accepted-deviations.js';
import { CampaignServer } from '../../campaigns/cluster/campaign-server.js';
import { connect, URL_VARIABLE, type Connection } from '../../campaigns/cluster/connection.js';
import { reportOfCampaign } from '../../campaigns/cluster/report.js';
import { checkId } from '../../campaigns/cluster/spec.js';
import { startCampaign } from '../../campaigns/cluster/start.js';
import { campaignStatus, removeCampaign, type CampaignStatus } from '../../campaigns/cluster/status.js';
import { startWork } from '../../campaigns/cluster/work.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { currentCommit } from '../../campaigns/store/commit.js';
import { projectFolder } from '../../campaigns/store/location.js';
import { resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import type { ProfileName } from '../../generators/profile.js';
import { countOf } from '../../reports/text/format-units.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { finishRun } from '../finish-run.js';
import { openRecorder } from '../open-recorder.js';
import { parseCount } from '../options/parse.js';
import {
  acceptOption,
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  commitOption,
  countOption,
  GROUPS,
  jsonOption,
  profileOption,
  rulesOption,
  seedOption,
  shrinkBudgetOption,
  storeOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { printResult } from '../print-result.js';
import { renderCampaigns, renderStatus, workLine } from '../render/render-campaign.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface ServerOptions {
  readonly redis?: string;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

interface StartCommandOptions extends ServerOptions, SubjectOptions {
  readonly runs?: number;
  readonly rangeSize?: number;
  readonly seed?: number;
  readonly profile: ProfileName;
  readonly rules?: readonly string[];
  readonly maxFindings: number;
  readonly accept?: string;
  readonly shrinkBudget?: number;
  readonly commit?: string;
}

interface ReportCommandOptions extends ServerOptions, OutputOptions {
  readonly strict?: boolean;
  readonly store?: string | false;
}

export function addCampaignCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('campaign')
    .summary('run a campaign on several machines')
    .description(
      'Run a campaign on several machines that share a Redis or Valkey server. A worker executes only the code whose hash, the id of the campaign, it is given.',
    );
  addStart(command, version);
  addWork(command, version);
  addStatus(command);
  addReport(command, version);
  addRemove(command);
  for (const each of command.commands) each.addOption(redisOption());
  addExamples(command, [
    'campaign start --wasm mine.wasm --target my-target.ts --runs 100000',
    'campaign work ID',
    'campaign status ID --watch',
    'campaign report ID',
  ]);
}

function redisOption(): Option {
  return new Option(
    '--redis <url>',
    `server, redis:// or rediss:// with TLS; the variable ${URL_VARIABLE} keeps the password off the command line`,
  ).helpGroup('Server:');
}

function addStart(command: Command, toolVersion: string): void {
  const start = command
    .command('start')
    .description(
      'store the canister and the target on the server, add the jobs, and print the id of the campaign',
    );
  addSubjectOptions(start, ['wasm', 'initArg', 'target', 'fault', 'messageTime'])
    .addOption(countOption('--runs <n>', 'number of schedules to run (default: set by the profile)'))
    .addOption(
      countOption('--range-size <n>', 'schedules in one job (default: a hundredth of all, from 10 to 200)'),
    )
    .addOption(seedOption(undefined))
    .addOption(profileOption('default'))
    .addOption(rulesOption())
    .addOption(countOption('--max-findings <n>', 'number of findings after which the campaign ends', 20))
    .addOption(acceptOption())
    .addOption(shrinkBudgetOption())
    .addOption(commitOption())
    .addOption(jsonOption())
    .action(async (options: StartCommandOptions) => {
      const subject = await resolveSubject(options);
      const accepted = await loadAcceptedDeviations(options.accept);
      const commit = await currentCommit({ named: options.commit, folder: projectFolder() });
      await withServer(options, async ({ redis }) => {
        const { seed = randomInt(0x7fff_ffff), runs, rangeSize, profile, rules, shrinkBudget } = options;
        const started = await startCampaign({
          ...{ redis, subject, profile, seed, runs, rangeSize, rules, accepted, commit, toolVersion },
          findingsMax: options.maxFindings,
          shrinkMsMax: shrinkBudget,
        });
        const { id, ranges, spec } = started;
        printResult(options, { id, seed, runs: spec.runs, ranges }, () =>
          [
            id,
            `${countOf(spec.runs, 'schedule')} in ${countOf(ranges, 'job')}, seed ${seed}`,
            `Run on each machine: npx upload-stress campaign work ${id}`,
            '',
          ].join('\n'),
        );
      });
    });
}

function addWork(command: Command, toolVersion: string): void {
  command
    .command('work')
    .description('execute jobs of a campaign until it is complete')
    .argument('<id>', 'id of the campaign; giving it approves the code that it names', checkId)
    .addOption(
      new Option('--workers <n>', 'number of threads (default: all cores)')
        .argParser(parseCount)
        .helpGroup(GROUPS.campaign),
    )
    .addOption(new Option('--quiet', 'hide progress').helpGroup(GROUPS.output))
    .action(async (id: string, options: ServerOptions & { readonly workers?: number }) => {
      await withServer(options, async ({ redis }, terminal) => {
        const working = startWork({
          ...{ redis, id, toolVersion },
          threads: options.workers ?? availableParallelism(),
          onEvent: (event) => {
            if (event.type === 'executed') terminal.live(workLine(event));
            else
              terminal.note(
                terminal.colors.dim(
                  `working on ${event.spec.subject.wasmLabel} with ${countOf(event.threads, 'thread')}`,
                ),
              );
          },
        });
        const isComplete = await withInterrupts(working.stop, () => working.done).finally(() =>
          terminal.clear(),
        );
        terminal.note(
          isComplete
            ? `Complete. Report: npx upload-stress campaign report ${id}`
            : 'Stopped. Other workers go on.',
        );
        process.exitCode = isComplete ? EXIT.ok : EXIT.interrupted;
      });
    });
}

const WATCH_MS = 1_000;

function addStatus(command: Command): void {
  command
    .command('status')
    .description('show the progress and the findings of a campaign, or list the campaigns of the server')
    .argument('[id]', 'id of the campaign (default: list them)', checkId)
    .addOption(
      new Option('--watch', 'show it again every second until the campaign is complete').helpGroup(
        GROUPS.output,
      ),
    )
    .addOption(jsonOption())
    .action(async (id: string | undefined, options: ServerOptions & { readonly watch?: boolean }) => {
      await withServer(options, async ({ redis }, terminal) => {
        if (id === undefined) {
          const campaigns = await CampaignServer.list(redis);
          printResult(options, campaigns, () => renderCampaigns(campaigns));
          return;
        }
        let status = await campaignStatus(redis, id);
        if (options.watch === true)
          status = await watch(status, terminal, async () => campaignStatus(redis, id));
        printResult(options, status, (colors) => renderStatus(status, colors));
      });
    });
}

async function watch(
  first: CampaignStatus,
  terminal: Terminal,
  next: () => Promise<CampaignStatus>,
): Promise<CampaignStatus> {
  let isStopped = false;
  return withInterrupts(
    () => void (isStopped = true),
    async () => {
      let status = first;
      while (!isStopped && status.state !== 'complete' && status.state !== 'failed') {
        terminal.live(renderStatus(status, terminal.colors).trimEnd());
        await sleep(WATCH_MS);
        status = await next();
      }
      terminal.clear();
      return status;
    },
  );
}

function addReport(command: Command, toolVersion: string): void {
  const report = command
    .command('report')
    .description('write the reports of a complete campaign, as "run" does')
    .argument('<id>', 'id of the campaign; giving it approves the code that it names', checkId)
    .addOption(new Option('--strict', 'exit with 1 also if a verdict is unknown').helpGroup(GROUPS.campaign));
  addOutputOptions(report, { out: 'folder for reports and counterexamples' })
    .addOption(storeOption())
    .addOption(new Option('--no-store', 'do not record the findings in the store').helpGroup(GROUPS.output))
    .action(async (id: string, options: ReportCommandOptions) => {
      await withServer(options, async ({ redis }, terminal) => {
        const folder = openOutputFolder(options.out);
        try {
          const corpusFolder = join(folder.path, 'counterexamples');
          const made = await reportOfCampaign({ redis, id, corpusFolder, toolVersion });
          const recorder = await openRecorder({ ...options, commit: made.commit }, made.subject, terminal);
          const trend = recorder?.record(made.report, made.findings) ?? null;
          const outcome = { run: { ...made.report, trend }, coverage: undefined };
          process.exitCode = await finishRun(outcome, { folder, options, terminal });
        } finally {
          folder.release();
        }
      });
    });
}

function addRemove(command: Command): void {
  command
    .command('remove')
    .description('remove a campaign with its jobs and results from the server')
    .argument('<id>', 'id of the campaign', checkId)
    .action(async (id: string, options: ServerOptions) => {
      await withServer(options, async ({ redis }) => {
        await removeCampaign(redis, id);
        process.stdout.write(`Removed ${id}.\n`);
      });
    });
}

/** Connects, and disconnects at the end. */
async function withServer(
  options: ServerOptions,
  work: (connection: Connection, terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = createTerminal(options);
  const connection = await connect(options.redis, {
    onLost: (shown) => terminal.note(`the connection to ${shown} is lost; waiting`),
    onBack: (shown) => terminal.note(`connected to ${shown} again`),
  });
  if (connection.isExposed)
    terminal.line(
      `upload-stress: the connection to ${connection.shown} is not encrypted; use rediss:// outside of a trusted network`,
    );
  try {
    await work(connection, terminal);
  } finally {
    connection.close();
  }
}
