/** Compares instrumented random programs with the reference interpreter: memory, dirty pages, instructions, and traps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instrumentModule } from './instrument-module.js';
import { assemble } from './testing/assemble.js';
import { MiniHost } from './testing/mini-host.js';
import { programs, programToText } from './testing/programs.js';
import { ReferenceInterpreter, type Program } from './testing/reference-interpreter.js';
import { ReferenceTrap } from './testing/reference-operators.js';

interface Outcome {
  readonly trap: string | undefined;
  readonly memory: Uint8Array;
  readonly used: number;
  readonly dirtyPages: readonly number[];
}

function runReference(program: Program): Outcome {
  const interpreter = new ReferenceInterpreter(program);
  const trap = trapOf(() => interpreter.call(0, []), ReferenceTrap);
  const dirtyPages = [...interpreter.dirtyPages].sort((a, b) => a - b);
  return { trap, memory: interpreter.memory, used: interpreter.used, dirtyPages };
}

function runInstrumented(bytes: Uint8Array): Outcome {
  const host = new MiniHost(instrumentModule(bytes));
  const trap = trapOf(() => host.run('canister_update main'), WebAssembly.RuntimeError);
  expect(new Set(host.firstWrites).size).toBe(host.firstWrites.length);
  return { trap, memory: host.heap(), used: Number(host.used), dirtyPages: host.markedPages() };
}

function trapOf(action: () => void, kind: new () => Error): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof kind) return error.message;
    throw error;
  }
}

describe.each([
  ['a 32-bit', false],
  ['a 64-bit', true],
])('an instrumented module with %s memory', (_kind, isWasm64) => {
  it('computes, charges, marks pages, and traps like the reference interpreter', () => {
    const traps = new Set<string | undefined>();
    fc.assert(
      fc.property(programs(isWasm64), (program) => {
        const expected = runReference(program);
        const actual = runInstrumented(assemble(programToText(program)));
        traps.add(expected.trap);
        expect(actual.trap).toBe(expected.trap);
        expect(actual.used).toBe(expected.used);
        expect(actual.dirtyPages).toEqual(expected.dirtyPages);
        expect(Buffer.compare(actual.memory, expected.memory)).toBe(0);
      }),
      { numRuns: 200, seed: 20_260_101 },
    );
    // The generated programs cover success and several kinds of traps.
    expect(traps).toContain(undefined);
    expect(traps).toContain('memory access out of bounds');
    expect(traps).toContain('divide by zero');
    expect(traps).toContain('unreachable');
  });
});
