/** Runs the engine's thread from the build. A thread that compiles the sources takes three times as long to start. */
import { PACKAGE_ROOT } from '../../../package-root.js';
import { pathToFileURL } from 'node:url';

export const BUILT_ENGINE = {
  entry: pathToFileURL(`${PACKAGE_ROOT}/dist/servers/pocketic/engine-worker.js`),
};
