import { OPTIMIZE_LATER } from '../../cli/optimize-later.js';

/**
 * Flags of V8 for processes that run for seconds: without the optimizing tier for wasm, which costs short runs more than it saves, and
 * with the flags that the command gives itself. The results are the same.
 */
export const QUICK_START: readonly string[] = ['--liftoff-only', ...OPTIMIZE_LATER];
