/** `main.ts` without a build. */
import { runServeCommand } from '../command.js';
import { FROM_SOURCES } from './from-sources.js';

process.exitCode = await runServeCommand(process.argv.slice(2), FROM_SOURCES);
