/** The tests that run on mutants of this project: those of the mutated rooms, without servers and commands. */
import { env } from 'node:process';
import { defineConfig } from 'vitest/config';

const TIMEOUT_MS = 600_000;

export default defineConfig({
  test: {
    include: (env['SELF_MUTATION_ROOMS'] ?? '').split(',').map((room) => `${room}/*.test.ts`),
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
});
