/** `upload-stress merge`: the results of `gate --shard` become the result of the whole gate, with its exit code. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { readDocumentOf } from '../../reports/documents/documents.js';
import { gateVerdictOf } from '../../reports/documents/gate-report.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { GATE_EXIT } from '../../campaigns/gate/gate-exit.js';
import { joinParts, type Part } from '../../campaigns/gate/join.js';
import { openOutputFolder } from '../output-folder.js';
import { createTerminal } from '../terminal.js';
import { HISTORY_FILE, keep, pastOf, report } from './gate.js';

interface MergeOptions {
  readonly out: string;
  readonly history?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

export function addMergeCommand(program: Command, _context: CommandContext): void {
  program
    .command('merge')
    .description('join the results of gate --shard into one; the exit code is that of the whole gate')
    .argument('<files...>', 'gate-1-of-n.json to gate-n-of-n.json')
    .option('--out <folder>', 'where gate.json and the page go', join('reports', 'out'))
    .option('--history <file>', `as of gate (default: ${HISTORY_FILE} in --out)`)
    .option('--json', 'one JSON document on stdout and nothing else there')
    .action(async (files: string[], options: MergeOptions) => {
      process.exitCode = await merge(files, options);
    });
}

async function merge(files: readonly string[], options: MergeOptions): Promise<number> {
  const parts: Part[] = [];
  for (const path of files) parts.push({ path, result: await readDocumentOf('gate', path) });
  const joined = joinParts(parts);
  const folder = openOutputFolder(options.out);
  try {
    const historyFile = options.history ?? join(folder.path, HISTORY_FILE);
    const terminal = createTerminal({ color: options.color, quiet: true });
    const result = { ...joined, history: await pastOf(historyFile, terminal) };
    const failure = await keep(result, { folder, historyFile });
    report(result, {
      ...options,
      baseline: result.baseline?.file ?? '',
      folder,
      updated: undefined,
      failure,
    });
    const code = GATE_EXIT[gateVerdictOf(result)];
    return code === EXIT.ok && failure !== undefined ? EXIT.couldNotRun : code;
  } finally {
    folder.release();
  }
}
