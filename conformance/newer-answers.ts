/**
 * Steps of the golden traces that a newer server answers otherwise. The traces were recorded on the release 10.0.0. A server of the
 * source of 2025-10-31, on which the second batch was recorded, also writes a backtrace for traps of functions for stable memory. The
 * function for stable memory is its first frame, and has a name also if the module has no names. (Recorded: trace 06, exchange 75; trace
 * 16, exchange 198.)
 */
import type { GoldenExpectation, GoldenStep, GoldenTrace } from './golden-step.js';

/** The functions of the backtrace, by the method that traps. The index counts the five functions that the server adds to the module. */
const BACKTRACES: ReadonlyMap<string, readonly [string, number]> = new Map([
  ['stable_oob', ['stable64_read', 37]],
  ['stable_write_oob', ['stable64_write', 38]],
  ['stable32_oob', ['stable_read', 39]],
]);

const REASON = 'stable memory out of bounds';

/** The step with the answer of a newer server, or `undefined` if that is the recorded one. */
export function newerAnswer(step: GoldenStep): GoldenStep | undefined {
  if (step.do === 'fetch_canister_logs') return newerLogs(step);
  const backtrace = step.do === 'update' ? BACKTRACES.get(step.method) : undefined;
  if (step.do !== 'update' || backtrace === undefined) return undefined;
  return { ...step, expect: withBacktrace(step.expect, textOf(backtrace)) };
}

/** The trace with the answers of a newer server. */
export function withNewerAnswers(trace: GoldenTrace): GoldenTrace {
  return { ...trace, steps: trace.steps.map((step) => newerAnswer(step) ?? step) };
}

function textOf([name, index]: readonly [string, number]): string {
  return `${REASON}\nCanister Backtrace:\n${name}\nunknown function at index ${index}\n`;
}

function withBacktrace(expect: GoldenExpectation, text: string): GoldenExpectation {
  if (!('reject' in expect)) return expect;
  const { reject } = expect;
  return { reject: { ...reject, reject_message: reject.reject_message.replace(REASON, text) } };
}

/** The records of the three methods are in the order of their calls. */
function newerLogs(
  step: Extract<GoldenStep, { readonly do: 'fetch_canister_logs' }>,
): GoldenStep | undefined {
  const backtraces = [...BACKTRACES.values()];
  const expect = step.expect.map((record) => {
    const backtrace = record.text === `[TRAP]: ${REASON}` ? backtraces.shift() : undefined;
    return backtrace === undefined ? record : { ...record, text: `[TRAP]: ${textOf(backtrace)}` };
  });
  return backtraces.length < BACKTRACES.size ? { ...step, expect } : undefined;
}
