/**
 * Flags of V8 for processes that run for seconds: without the optimizing tier for wasm, which costs short runs more than it saves, and
 * with the interrupt budget that the command gives itself (`cli/main.ts`). The results are the same.
 */
export const QUICK_START: readonly string[] = [
  '--liftoff-only',
  ...(process.versions.v8.startsWith('11.') ? ['--interrupt-budget=200000'] : []),
];
