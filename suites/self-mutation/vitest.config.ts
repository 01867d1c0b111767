/** The tests that run on mutants of this project: those of the mutated rooms, without servers and commands. */
import { env } from 'node:process';
import { defineConfig } from 'vitest/config';
import project from '../../vitest.config.js';

const TIMEOUT_MS = 600_000;

export default defineConfig({
  // The examples import this package by its name, and there is no build where the mutants run.
  resolve: project.resolve ?? {},
  test: {
    include: (env['SELF_MUTATION_ROOMS'] ?? '').split(',').map((room) => `${room}/*.test.ts`),
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
});
