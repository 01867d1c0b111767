/**
 * V8 11 (Node 20) compiles functions again with optimizations after a tenth of the work that later versions wait for. A schedule runs
 * thousands of functions for a short time each, and compiling them so early takes an eighth of the processor time of the first 250 schedules.
 * Later versions have other flags and need none.
 */
export const OPTIMIZE_LATER: readonly string[] = process.versions.v8.startsWith('11.')
  ? ['--interrupt-budget=200000', '--wasm-tiering-budget=13000000']
  : [];
