/**
 * Canister backtraces in PocketIC's format, made from the stack of a JavaScript error.
 *
 * Source of the format: PocketIC 10.0.0, rs/interfaces/src/execution_environment/errors.rs (`CanisterBacktrace`).
 */
import type { InstrumentedModule } from '../wasm/instrumented-module.js';

/** Value of `Error.stackTraceLimit` while a module with function names runs. */
export const BACKTRACE_FRAMES_MAX = 100;

const WASM_FRAME = /wasm-function\[(\d+)\]/g;

/** One line per function, innermost first. `undefined` if the module names none of the functions. */
export function backtraceOf(module: InstrumentedModule, error: Error): string | undefined {
  const names = module.functionNames;
  if (names === undefined) return undefined;
  let isNamed = false;
  const lines: string[] = [];
  for (const match of rawStack(error).matchAll(WASM_FRAME)) {
    const index = Number(match[1]) - module.functionIndexShift;
    if (index < 0 || index >= module.functionCount) continue;
    const name = names.get(index);
    isNamed ||= name !== undefined;
    lines.push(name === undefined ? `unknown function at index ${index}` : demangle(name));
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

const ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/** Demangles a Rust name and removes its hash. Other names are returned unchanged. */
export const demangle = (name: string): string => demangleLegacy(name) ?? demanglePath(name) ?? name;

/** `_ZN4core9panicking5panic17h0123456789abcdefE` → `core::panicking::panic`. */
function demangleLegacy(name: string): string | undefined {
  const start = /^_?_?ZN/.exec(name);
  if (!start) return undefined;
  const parts: string[] = [];
  let at = start[0].length;
  while (name[at] !== 'E') {
    const digits = /^\d+/.exec(name.slice(at, at + 6))?.[0];
    if (digits === undefined) return undefined;
    at += digits.length;
    parts.push(name.slice(at, at + Number(digits)));
    at += Number(digits);
    if (at >= name.length) return undefined;
  }
  if (/^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '')) parts.pop();
  return parts.map(unescape).join('::');
}

function unescape(part: string): string {
  return part
    .replace(/^_\$/, '$')
    .replace(/\$([A-Z]+)\$/g, (whole, escape: string) => ESCAPES[escape] ?? whole)
    .replace(/\$u([0-9a-f]+)\$/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/\.\./g, '::');
}

/** Demangles a plain path in Rust's v0 scheme: `_RNvCs1234_7___rustc17rust_begin_unwind` → `__rustc::rust_begin_unwind`. */
function demanglePath(name: string): string | undefined {
  const start = /^_RNvC(?:s[0-9A-Za-z]*_)?/.exec(name);
  if (!start) return undefined;
  const parts: string[] = [];
  for (let rest = name.slice(start[0].length); rest !== '';) {
    const prefix = /^(\d+)_?/.exec(rest);
    if (!prefix) return undefined;
    const start = prefix[0].length;
    const end = start + Number(prefix[1]);
    if (end > rest.length) return undefined;
    parts.push(rest.slice(start, end));
    rest = rest.slice(end);
  }
  return parts.join('::');
}
