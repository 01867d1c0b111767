/** The recorded `performance_counter` of every step of the golden trace, on a host with just enough of the System API. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTER_EXPORT } from './artifact.js';
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

/** Runs one method; the reply's last eight bytes are the counter. */
function counterAfter(step: Step): bigint {
  const arg = argument(step);
  const reply: number[] = [];
  // The trace's canister has 13 stable pages by the time of the first stable write; what matters is that all is in bounds.
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
    msg_reply_data_append: (src: number, size: number) =>
      void reply.push(...host.heap().subarray(src, src + size)),
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

describe('the golden instruction counts', () => {
  const calls = steps.filter((step) => step.do === 'update' || step.do === 'query');
  it.each(calls.map((step) => [step.method!, JSON.stringify(step.arg), step] as const))(
    '%s %s',
    (_method, _arg, step) => {
      const { hex } = step.expect.reply!;
      // A long reply is recorded as a hash: 4096 or 100000 bytes of heap, then the counter.
      if (hex === undefined) {
        const size = argument(step).length === 4 ? Buffer.from(argument(step)).readUInt32LE() : 0;
        expect(counterAfter(step)).toBe(BigInt(1_748 + 50 * size));
      } else {
        expect(counterAfter(step)).toBe(Buffer.from(hex, 'hex').subarray(-8).readBigUInt64LE());
      }
    },
  );
});
