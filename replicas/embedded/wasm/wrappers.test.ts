/** Charges and operand conversions of the wrappers of `ic0` imports. */
import { describe, expect, it } from 'vitest';
import { hostSignature } from './host-signatures.js';
import { IC0_FUNCTIONS, ic0Signature, isIc0Function, type Ic0Function } from './ic0-signatures.js';
import { hostOf, run } from './testing/run-text.js';
import type { HostFunction, MiniHost } from './testing/mini-host.js';

const CASES = [false, true].flatMap((isWasm64) =>
  IC0_FUNCTIONS.filter((name) => isIc0Function(name, isWasm64)).map(
    (name) => [isWasm64 ? 'wasm64' : 'wasm32', name] as const,
  ),
);

/** A module whose method `m` calls `name` once with the given operands (in wasm text) and stores the result in global 0. */
function callerOf(
  name: Ic0Function,
  operands: readonly string[],
  host: HostFunction,
  isWasm64 = false,
): MiniHost {
  const { params, results } = ic0Signature(name, isWasm64);
  const result = results[0] as string | undefined;
  const constants = params.map((type, index) => `${type}.const ${operands[index]!}`).join(' ');
  return hostOf(
    `(import "ic0" "${name}" (func $f (param ${params.join(' ')}) (result ${results.join(' ')})))
     (memory ${isWasm64 ? 'i64' : ''} 1) (global (mut ${result ?? 'i32'}) (${result ?? 'i32'}.const 0))
     (func (export "canister_update m") ${constants} call $f ${result === undefined ? '' : 'global.set 0'})`,
    { [name]: host },
  );
}
function resultOf(host: MiniHost): unknown {
  return (host.instance.exports['__persistent_mutable_global_0'] as WebAssembly.Global).value;
}

describe('the wrapper of an ic0 function', () => {
  it.each(CASES)('charges before the host runs, in %s for %s', (kind, name) => {
    const isWasm64 = kind === 'wasm64';
    const { params, results } = ic0Signature(name, isWasm64);
    const { charge, hostParams, hostResults } = hostSignature(name, isWasm64);
    const operands = params.map((_type, index) => `${index + 3}`);
    let usedInHost = -1n;
    let seen: unknown[] = [];
    const callee = (...args: unknown[]): number | bigint => {
      usedInHost = host.used;
      seen = args;
      return hostResults[0] === 'i64' ? 9n : 9;
    };
    const host: MiniHost = callerOf(name, operands, callee, isWasm64);
    run(host);
    const bytes = charge.sizeOperands.reduce((sum, operand) => sum + operand + 3, 0);
    const expected = charge.chargedBy === 'host' ? 0 : charge.fixed + charge.perByte * bytes;
    const code = 1 + params.length + 5 + (results.length > 0 ? 2 : 0);
    expect(usedInHost).toBe(BigInt(code + expected));
    expect(host.used).toBe(usedInHost);
    expect(seen).toEqual(hostParams.map((type, index) => (type === 'i64' ? BigInt(index + 3) : index + 3)));
    if (results[0] !== undefined) expect(resultOf(host)).toBe(results[0] === 'i64' ? 9n : 9);
  });

  it('treats sizes as unsigned', () => {
    const host = callerOf('msg_reply_data_append', ['0', '-1'], () => undefined);
    expect(() => run(host)).toThrow('out of instructions');
    expect(host.used).toBe(1n + 2n + 5n + 500n + 50n * 0xffff_ffffn);
  });

  it('passes operands of stable memory functions as unsigned numbers', () => {
    let seen: unknown[] = [];
    const host = callerOf('stable64_write', ['-1', '0x1000000000000', '0'], (...args: unknown[]) => {
      seen = args;
    });
    run(host);
    expect(seen).toEqual([2 ** 64, 2 ** 48, 0]);
  });

  it('returns −1 for a failed stable64_grow', () => {
    const host = callerOf('stable64_grow', ['1'], () => -1);
    run(host);
    expect(resultOf(host)).toBe(-1n);
  });

  it('runs out of instructions if the size of a stable access is negative', () => {
    const host = callerOf('stable64_read', ['0', '0', '-9000000000000000000'], () => undefined);
    expect(() => run(host)).toThrow('out of instructions');
    expect(host.counter.value).toBe(-(2n ** 63n));
  });

  it('checks a negative counter before the charge, except for a stable access', () => {
    for (const [name, operands, callsExpected] of [
      ['msg_reply', [], 1],
      ['stable64_read', ['0', '0', '0'], 0],
    ] as const) {
      const { params } = ic0Signature(name, false);
      const constants = params.map((type, index) => `${type}.const ${operands[index]!}`).join(' ');
      const host = hostOf(
        `(import "ic0" "${name}" (func $f (param ${params.join(' ')}))) (memory 1)
         (func (export "canister_update m") i32.const 1 if nop nop nop nop ${constants} call $f end)`,
        { [name]: () => undefined },
      );
      host.counter.value = 5n;
      const seen: bigint[] = [];
      host.onOutOfInstructions = () => {
        seen.push(host.counter.value as bigint);
        host.counter.value = 1_000_000n;
      };
      run(host);
      expect(host.outOfInstructionsCalls).toBe(1);
      expect(seen[0]! > -20n).toBe(callsExpected === 1);
    }
  });
});
