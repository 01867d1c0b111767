#!/usr/bin/env node
/**
 * The executable: `upload-stress serve` without the rest of the command line. Exit codes: 0 ended, 2 could not begin.
 *
 * A link to it, named `pocket-ic`, stands in the place of the server's binary, e.g. in the folder of `@dfinity/pic`.
 */
import { runServeCommand } from './command.js';

process.exitCode = await runServeCommand(process.argv.slice(2));
