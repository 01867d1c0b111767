#!/usr/bin/env node
/**
 * The executable that replaces the PocketIC server's binary. Exit codes: 0 ended, 2 could not start.
 *
 * A link to it with the name `pocket-ic`, for example in the folder of `@dfinity/pic`, is found in place of that binary.
 */
import { runServerBinary } from './command.js';

process.exitCode = await runServerBinary(process.argv.slice(2));
