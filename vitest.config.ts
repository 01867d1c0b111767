import { configDefaults, defineConfig } from 'vitest/config';
import { QUICK_START } from './suites/testing/quick-start.js';

/** Tests that start the command as a child process. */
const CLI = ['cli/**/*.test.ts'];

/** Tests that pack this package and install it from the npm registry. `npm test` leaves them out. */
const PACKAGE = ['suites/package/**/*.test.ts'];

/**
 * Tests that start a server, a browser, or a program other than the command; and the tests that take most of the processor time: a loop
 * of 40 billion instructions, derivatives of pictures, scrambled schedules.
 */
const LIVE = [
  'client/derivatives.test.ts',
  'client/live.test.ts',
  'campaigns/cluster/cluster.test.ts',
  'campaigns/diff/differential.test.ts',
  'conformance/endless-loops.test.ts',
  'conformance/recording.test.ts',
  'docs/**/*.test.ts',
  'replicas/{live,pocketic}/**/*.test.ts',
  'reports/**/*-in-browser.test.ts',
  'servers/**/*.test.ts',
  'suites/{clients,confirm,live}/**/*.test.ts',
  'suites/http/live.test.ts',
  'suites/upload/{every-field,scrambled}.test.ts',
];

const ROOMS = [
  'model',
  'library',
  'replicas',
  'servers',
  'certification',
  'conformance',
  'targets',
  'generators',
  'harness',
  'explore',
  'campaigns',
  'bench',
  'client',
  'pic',
  'reports',
  'cli',
  'suites',
  'docs',
];

/** Far above what a busy machine needs: a test that hangs fails, and a test that is slow does not. */
const TIMEOUT_MS = 600_000;

export default defineConfig({
  resolve: {
    alias: {
      'canister-upload-stress/vitest': new URL('library/vitest.ts', import.meta.url).pathname,
      'canister-upload-stress/pic': new URL('pic/index.ts', import.meta.url).pathname,
      'canister-upload-stress/client': new URL('client/index.ts', import.meta.url).pathname,
      'canister-upload-stress': new URL('library/index.ts', import.meta.url).pathname,
    },
  },
  test: {
    // The engine keeps whole canisters in memory: a process for each file keeps the peaks apart. Three at a time keep two cores busy,
    // because tests of servers and commands wait for other processes.
    pool: 'forks',
    maxWorkers: 3,
    globalSetup: 'suites/testing/module-cache.ts',
    // Built files are imported as they are.
    server: { deps: { external: [/^(?!.*\/node_modules\/).*\/dist\//] } },
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    teardownTimeout: TIMEOUT_MS,
    // The default of one second is too short for a busy machine.
    expect: { poll: { timeout: TIMEOUT_MS / 2, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          execArgv: [QUICK_START],
          // Files share the modules of their worker, which saves a third of the time. A test must not leave global state behind.
          isolate: false,
          include: [`{${ROOMS.join(',')}}/**/*.test.ts`],
          exclude: [...configDefaults.exclude, ...CLI, ...LIVE, ...PACKAGE],
        },
      },
      { extends: true, test: { name: 'cli', execArgv: [QUICK_START], include: CLI } },
      { extends: true, test: { name: 'live', isolate: false, include: LIVE } },
      { extends: true, test: { name: 'package', include: PACKAGE } },
    ],
  },
});
