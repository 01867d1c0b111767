/** `upload-stress doctor`: what this machine offers, and what `run` would use. */
import type { Command } from 'commander';
import { diagnose, isHealthy } from '../../campaigns/doctor/diagnose.js';
import { CONFORMANCE, readExchangeConformance } from '../../conformance/conformance.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { addExamples, jsonOption } from '../options/shared-options.js';
import { printResult } from '../print-result.js';
import { renderDiagnosis } from '../render/render-diagnosis.js';

interface DoctorOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

export function addDoctorCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('doctor')
    .summary('check this machine')
    .description(
      'Check Node, the embedded engine, the reference canister, and the PocketIC server, and report what "run" would use.',
    )
    .addOption(jsonOption())
    .action(async (options: DoctorOptions) => {
      const diagnosis = {
        version,
        ...(await diagnose()),
        conformance: CONFORMANCE,
        exchanges: readExchangeConformance(),
      };
      printResult(options, diagnosis, () => renderDiagnosis(diagnosis));
      process.exitCode = isHealthy(diagnosis) ? EXIT.ok : EXIT.couldNotRun;
    });
  addExamples(command, ['doctor', 'doctor --json']);
}
