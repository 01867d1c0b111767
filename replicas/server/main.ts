/** The executable: `upload-stress serve` without the rest of the command line. Exit codes: 0 ended, 2 could not begin. */
import { runServeCommand } from './command.js';

process.exitCode = await runServeCommand(process.argv.slice(2));
