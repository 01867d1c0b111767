/** Compares the instruction counts with the `performance_counter` values that PocketIC returned for the golden trace. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTER_EXPORT } from './instrumented-module.js';
import { instrumentModule } from './instrument-module.js';
import { MiniHost, SLICE, type HostFunction } from './testing/mini-host.js';

const GOLDEN = new URL('../../../conformance/golden/', import.meta.url);

interface Step {
  readonly do: string;
  readonly method?: string;
  readonly arg?: { readonly hex?: string; readonly repeat?: number; readonly length?: number };
  readonly expect: { readonly reply?: { readonly hex?: string; readonly sha256?: string } };
}

const { steps } = JSON.parse(readFileSync(new URL('instructions.json', GOLDEN), 'utf8')) as { steps: Step[] };
const bytes = readFileSync(new URL('wasm/instructions.instr.wasm', GOLDEN));

function argument({ arg }: Step): Uint8Array {
  return arg?.hex === undefined
    ? new Uint8Array(arg?.length ?? 0).fill(arg?.repeat ?? 0)
    : Buffer.from(arg.hex, 'hex');
}

/** Runs one method and returns the counter, which is in the last eight bytes of the reply. */
function counterAfter(step: Step): bigint {
  const arg = argument(step);
  const reply: number[] = [];
  // The host does not check stable bounds, because every stable access of the trace is in bounds.
  const stableDirty = new Set<number>();
  const charge = (amount: number): void => {
    host.counter.value = (host.counter.value as bigint) - BigInt(amount);
  };
  const dirtyStable = (offset: number, size: number): void => {
    if (size === 0) return;
    for (let page = Math.floor(offset / 4096); page <= Math.floor((offset + size - 1) / 4096); page++) {
      if (!stableDirty.has(page)) charge(1000);
      stableDirty.add(page);
    }
  };
  const ic0: Record<string, HostFunction> = {
    msg_arg_data_size: () => arg.length,
    msg_arg_data_copy: (dst: number, offset: number, size: number) =>
      host.heap().set(arg.subarray(offset, offset + size), dst),
    msg_reply_data_append: (src: number, size: number) => {
      reply.push(...host.heap().subarray(src, src + size));
    },
    msg_reply: () => undefined,
    performance_counter: () => Number(host.used),
    stable64_grow: () => 0,
    stable64_write: (offset: number, _src: number, size: number) => dirtyStable(offset, size),
    stable64_read: () => undefined,
    stable_write: (offset: number, _src: number, size: number) => dirtyStable(offset >>> 0, size >>> 0),
    time: () => 0n,
    is_controller: () => 1,
    debug_print: (_src: number, size: number) =>
      charge(100 + 2 * Math.min(size, 4096) + 50 * Math.min(size, 4096) + size),
    msg_caller_size: () => 29,
    canister_version: () => 1n,
  };
  const host: MiniHost = new MiniHost(instrumentModule(bytes), ic0);
  host.run(`canister_${step.do} ${step.method!}`);
  expect(host.counter).toBe(host.instance.exports[COUNTER_EXPORT]);
  expect(host.counter.value).toBeLessThan(SLICE);
  return Buffer.from(reply.slice(-8)).readBigUInt64LE();
}

describe('an instrumented module of the golden trace', () => {
  const calls = steps.filter((step) => step.do === 'update' || step.do === 'query');
  it.each(calls.map((step) => [step.method!, JSON.stringify(step.arg), step] as const))(
    'uses as many instructions in %s(%s) as on PocketIC',
    (_method, _arg, step) => {
      const { hex } = step.expect.reply!;
      // The trace holds only the hash of a long reply. It consists of 4,096 or 100,000 heap bytes and the counter.
      if (hex === undefined) {
        const size = argument(step).length === 4 ? Buffer.from(argument(step)).readUInt32LE() : 0;
        expect(counterAfter(step)).toBe(BigInt(1_748 + 50 * size));
      } else {
        expect(counterAfter(step)).toBe(Buffer.from(hex, 'hex').subarray(-8).readBigUInt64LE());
      }
    },
  );
});
