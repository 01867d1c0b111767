import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'canister-upload-stress/vitest': new URL('library/vitest.ts', import.meta.url).pathname,
      'canister-upload-stress': new URL('library/index.ts', import.meta.url).pathname,
    },
  },
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
