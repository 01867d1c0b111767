// StrykerJS on the TypeScript of this project; run.mjs chooses what to mutate.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // With every test of the rooms, run.mjs can tell a test file that does not load from one that imports nothing mutated.
  vitest: { configFile: 'suites/self-mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // A mutant of a constant at the top of a module would run every test.
  ignoreStatic: true,
  concurrency: 1,
  // A busy machine must not make a mutant time out.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 60,
  tempDirName: '.cache/stryker',
  ignorePatterns: [
    'dist',
    'docs/images',
    'reports/out',
    'corpus',
    'examples/*/canister',
    '.cache',
    '.upload-stress',
  ],
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  htmlReporter: { fileName: 'reports/out/self-mutation/index.html' },
  jsonReporter: { fileName: 'reports/out/self-mutation/mutation-elements.json' },
};
