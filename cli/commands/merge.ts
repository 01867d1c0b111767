/** `upload-stress merge`: joins the reports of `gate --shard` into the report of the whole gate. */
import type { Command } from 'commander';
import { saveGate } from '../../campaigns/gate/gate.js';
import { joinShards, type ShardReport } from '../../campaigns/gate/join.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { readDocumentOf } from '../../reports/documents/documents.js';
import { gateVerdictOf } from '../../reports/documents/gate-report.js';
import { GATE_EXIT } from '../gate-exit.js';
import { addExamples, addOutputOptions, type OutputOptions } from '../options/shared-options.js';
import { exitCodeWith } from '../print-result.js';
import { createTerminal } from '../terminal/terminal.js';
import { historyFileOf, historyOption, printGate, readEarlierGates } from './gate.js';

interface MergeOptions extends Omit<OutputOptions, 'quiet'> {
  readonly history?: string;
}

export function addMergeCommand(program: Command): void {
  const command = program
    .command('merge')
    .summary('join the results of "gate --shard"')
    .description('Join the results of "gate --shard". The exit code is that of the whole gate.')
    .argument('<files...>', 'gate-1-of-n.json to gate-n-of-n.json')
    .addOption(historyOption());
  addOutputOptions(command, { out: 'folder for gate.json and the page', isQuiet: false }).action(
    async (files: string[], options: MergeOptions) => {
      process.exitCode = await merge(files, options);
    },
  );
  addExamples(command, ['merge gate-1-of-2.json gate-2-of-2.json']);
}

async function merge(files: readonly string[], options: MergeOptions): Promise<number> {
  const shards: ShardReport[] = [];
  for (const path of files) shards.push({ path, report: await readDocumentOf('gate', path) });
  const joined = joinShards(shards);
  const folder = openOutputFolder(options.out);
  try {
    const historyFile = historyFileOf(options, folder);
    const history = await readEarlierGates(
      historyFile,
      createTerminal({ color: options.color, quiet: true }),
    );
    const report = { ...joined, history };
    const failure = await saveGate({ report, others: [] }, folder, historyFile);
    const baseline = report.baseline?.file ?? '';
    printGate(report, { ...options, baseline, folder, isUpdated: undefined, failure });
    return exitCodeWith(GATE_EXIT[gateVerdictOf(report)], failure);
  } finally {
    folder.release();
  }
}
