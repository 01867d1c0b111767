/** `upload-stress merge`: the results of `gate --shard` become the result of the whole gate, with its exit code. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeJsonFile } from '../../harness/json-file.js';
import type { CommandContext } from '../context.js';
import { joinParts, type Part } from '../gate/join.js';
import { GATE_EXIT, readGateResult, verdictOf } from '../gate/result.js';
import { openOutputFolder } from '../output-folder.js';
import { report } from './gate.js';

interface MergeOptions {
  readonly out: string;
  readonly json?: boolean;
  readonly color: boolean;
}

export function addMergeCommand(program: Command, _context: CommandContext): void {
  program
    .command('merge')
    .description('join the results of gate --shard into one; the exit code is that of the whole gate')
    .argument('<files...>', 'gate-1-of-n.json to gate-n-of-n.json')
    .option('--out <folder>', 'where gate.json goes', join('reports', 'out'))
    .option('--json', 'one JSON document on stdout and nothing else there')
    .action(async (files: string[], options: MergeOptions) => {
      process.exitCode = await merge(files, options);
    });
}

async function merge(files: readonly string[], options: MergeOptions): Promise<number> {
  const parts: Part[] = [];
  for (const path of files) parts.push({ path, result: await readGateResult(path) });
  const result = joinParts(parts);
  const folder = openOutputFolder(options.out);
  try {
    const path = join(folder.path, 'gate.json');
    await writeJsonFile(path, result, 'gate result');
    report(result, { ...options, baseline: result.baseline?.file ?? '', path, updated: undefined });
    return GATE_EXIT[verdictOf(result)];
  } finally {
    folder.release();
  }
}
