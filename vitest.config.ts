import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      '{model,replicas,servers,conformance,targets,generators,harness,campaigns,client,reports,cli,suites,bench,docs}/**/*.test.ts',
    ],
    // The engine keeps whole canisters in memory: a process per file, two at a time, keeps peaks apart.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
