import { configDefaults, defineConfig } from 'vitest/config';
import { QUICK_START } from './suites/testing/quick-start.js';

/** Tests that start the command as a child process. */
const CLI = ['cli/**/*.test.ts'];

/** Tests that pack this package and install it from the npm registry. `npm test` leaves them out. */
const PACKAGE = ['suites/package/**/*.test.ts'];

/** Tests that run campaigns or explorations of many schedules, which take most of the processor time. */
const CAMPAIGNS = [
  'campaigns/benchmark/scaling.test.ts',
  'campaigns/campaign/{campaign-shrink,findings,range}.test.ts',
  'campaigns/guidance/guidance.test.ts',
  'campaigns/mutate/trial.test.ts',
  'campaigns/probe/experiments.test.ts',
  'explore/{explore,reduction,several-canisters}.test.ts',
  'harness/execution/embedded.test.ts',
  'library/guidance.test.ts',
  'suites/examples/{asset-canister,index-and-buckets,juno-storage}.test.ts',
  'suites/examples/{motoko-keys,motoko-sessions,rust-tus}.test.ts',
  'suites/upload/{every-field,scrambled}.test.ts',
];

/**
 * Tests that start a server, a browser, or a program other than the command; campaigns; a loop of 40 billion instructions; derivatives of
 * pictures; and the replay of ten thousand recorded requests.
 */
const LIVE = [
  ...CAMPAIGNS,
  'client/{derivatives,flow,live}.test.ts',
  'client/testing/fake-canister.test.ts',
  'campaigns/cluster/cluster.test.ts',
  'campaigns/diff/differential.test.ts',
  'conformance/{endless-loops,exchanges,recording}.test.ts',
  'docs/**/*.test.ts',
  'replicas/{live,pocketic}/**/*.test.ts',
  'reports/**/*-in-browser.test.ts',
  'servers/**/*.test.ts',
  'suites/{clients,confirm,live}/**/*.test.ts',
  'suites/http/{canister,live,mixing}.test.ts',
  'suites/examples/*-{canister,network}.test.ts',
  'suites/upload/{growth,named-suites}.test.ts',
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

/** Files share the process and the modules of their worker, which saves a third of the time. A test must not leave global state behind. */
const SHARED = { execArgv: [...QUICK_START], isolate: false };

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
    // The engine keeps whole canisters in memory: processes keep their peaks apart. Three at a time keep two cores busy,
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
          ...SHARED,
          include: [`{${ROOMS.join(',')}}/**/*.test.ts`],
          exclude: [...configDefaults.exclude, ...CLI, ...LIVE, ...PACKAGE],
        },
      },
      { extends: true, test: { ...SHARED, name: 'cli', include: CLI } },
      { extends: true, test: { ...SHARED, name: 'live', include: LIVE } },
      { extends: true, test: { name: 'package', include: PACKAGE } },
    ],
  },
});
