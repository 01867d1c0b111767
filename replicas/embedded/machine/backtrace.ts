/**
 * Canister backtraces in the network's format, made from the stack of a JavaScript error.
 *
 * The network shows indices of its instrumented module. Its instrumentation adds five imports, and turns each import of a function for
 * stable memory into a function of the module that keeps the name of the import. (Recorded: trace 10, exchanges 548 to 659; trace 06,
 * exchange 75.)
 */
import type { InstrumentedModule } from '../wasm/instrumented-module.js';
import { demangle } from '../wasm/validator.js';

/** Value of `Error.stackTraceLimit` while a module with backtraces runs: more frames than the stack can hold. */
export const BACKTRACE_FRAMES_MAX = 1_000_000;

const ADDED_IMPORTS = 5;
const WASM_FRAME = /wasm-function\[(\d+)\]/g;

/** Whether a backtrace of the module can name a function. Without names there is no backtrace. */
export function hasBacktraces({ functionNames, stableFunctions }: InstrumentedModule): boolean {
  return functionNames !== undefined || stableFunctions.size > 0;
}

/** One line per function, innermost first. `undefined` if the module names none of the functions. */
export function backtraceOf(module: InstrumentedModule, error: Error): string | undefined {
  if (!hasBacktraces(module)) return undefined;
  let isNamed = false;
  const lines: string[] = [];
  for (const match of rawStack(error).matchAll(WASM_FRAME)) {
    const instrumented = Number(match[1]);
    const index = instrumented - module.functionIndexShift;
    const isOriginal = index >= 0 && index < module.functionCount;
    const name = isOriginal ? module.functionNames?.get(index) : module.stableFunctions.get(instrumented);
    if (!isOriginal && name === undefined) continue;
    isNamed ||= name !== undefined;
    lines.push(name === undefined ? `unknown function at index ${index + ADDED_IMPORTS}` : demangle(name));
  }
  return isNamed ? `Canister Backtrace:\n${lines.join('\n')}\n` : undefined;
}

/** The stack as V8 formats it. Test runners and source-map tools install formatters that drop the function index. */
function rawStack(error: Error): string {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- a hook that V8 calls without `this`
  const format = Error.prepareStackTrace;
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- a frame has a `toString`, which its type omits
  Error.prepareStackTrace = (_, frames) => frames.join('\n');
  try {
    return String(error.stack);
  } finally {
    Error.prepareStackTrace = format;
  }
}
