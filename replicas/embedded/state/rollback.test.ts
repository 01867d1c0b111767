import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import {
  ACT_HEAP_START,
  compileMemoryCanister,
  encodeAct,
  MEMORY_CANISTER_GLOBAL,
  MEMORY_CANISTER_PAGES,
  type Act,
} from '../testing/memory-canister.js';
import type { Snapshot } from '../../replica.js';

const WASM_PAGE = 65_536;
const CALLER = '2vxsx-fae';
const NO_ARG = new Uint8Array(0);

/** The reference implementation, which copies the whole state. */
interface Model {
  readonly heap: Uint8Array;
  readonly stable: Uint8Array;
  readonly global: number;
}

function grownCopy(bytes: Uint8Array, pages: number): Uint8Array {
  const grown = new Uint8Array(bytes.length + pages * WASM_PAGE);
  grown.set(bytes);
  return grown;
}

function apply(model: Model, act: Act): Model {
  const heap = grownCopy(model.heap, act.growPages);
  heap.fill(act.byte, act.heapStart, act.heapStart + act.heapLength);
  const stable = grownCopy(model.stable, act.stableGrowPages);
  stable.set(heap.subarray(act.source, act.source + act.stableLength), act.stableStart);
  return { heap, stable, global: act.global };
}

/** A fraction in [0, 1), for values that depend on the current sizes. */
const fraction = fc.nat(9_999).map((n) => n / 10_000);
const draw = fc.record({
  growPages: fc.constantFrom(0, 0, 0, 1, 2),
  heapAt: fraction,
  heapLength: fc.oneof(fc.nat(3), fc.nat(9_000)),
  byte: fc.nat(255),
  stableGrowPages: fc.constantFrom(0, 0, 1),
  stableAt: fraction,
  stableLength: fc.oneof(fc.nat(3), fc.nat(9_000)),
  sourceAt: fraction,
  global: fc.nat(1_000_000),
  isTrapping: fc.boolean(),
});

function actFor(model: Model, drawn: typeof draw extends fc.Arbitrary<infer D> ? D : never): Act {
  const heapBytes = model.heap.length + drawn.growPages * WASM_PAGE;
  const stableBytes = model.stable.length + drawn.stableGrowPages * WASM_PAGE;
  const heapStart = ACT_HEAP_START + Math.floor(drawn.heapAt * (heapBytes - ACT_HEAP_START));
  const stableStart = Math.floor(drawn.stableAt * stableBytes);
  const source = ACT_HEAP_START + Math.floor(drawn.sourceAt * (heapBytes - ACT_HEAP_START));
  return {
    growPages: drawn.growPages,
    heapStart,
    heapLength: Math.min(drawn.heapLength, heapBytes - heapStart),
    byte: drawn.byte,
    stableGrowPages: drawn.stableGrowPages,
    stableStart,
    stableLength: Math.min(drawn.stableLength, stableBytes - stableStart, heapBytes - source),
    source,
    global: drawn.global,
    isTrapping: drawn.isTrapping,
  };
}

const command = fc.oneof(
  { weight: 6, arbitrary: draw.map((drawn) => ({ kind: 'update' as const, drawn })) },
  { weight: 2, arbitrary: draw.map((drawn) => ({ kind: 'query' as const, drawn })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
  { weight: 2, arbitrary: fc.nat().map((index) => ({ kind: 'restore' as const, index })) },
);

describe('a canister on the embedded engine', () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    wasm = await compileMemoryCanister();
  });

  it('commits successful messages, rolls back trapped ones, and returns to any snapshot', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
        const replica = createEmbeddedReplica();
        const canister = await replica.createCanister();
        expect((await replica.install({ canister, mode: 'install', wasm, arg: NO_ARG })).kind).toBe('reply');
        let model: Model = {
          heap: new Uint8Array(MEMORY_CANISTER_PAGES * WASM_PAGE),
          stable: new Uint8Array(0),
          global: MEMORY_CANISTER_GLOBAL,
        };
        model.heap.set(Buffer.from('active data'), 5_000);
        const saved: { snapshot: Snapshot; model: Model }[] = [{ snapshot: await replica.snapshot(), model }];
        const read = async (method: string): Promise<Uint8Array> => {
          const outcome = await replica.query({ canister, method, arg: NO_ARG, caller: CALLER });
          if (outcome.kind !== 'reply') throw new Error(outcome.text);
          return outcome.bytes;
        };

        for (const step of commands) {
          if (step.kind === 'snapshot') saved.push({ snapshot: await replica.snapshot(), model });
          else if (step.kind === 'restore') {
            const target = saved[step.index % saved.length]!;
            await replica.restore(target.snapshot);
            model = target.model;
          } else {
            const act = actFor(model, step.drawn);
            const arg = encodeAct(act);
            if (step.kind === 'query')
              await replica.query({ canister, method: 'act_in_query', arg, caller: CALLER });
            else {
              const submission = await replica.submit({ canister, method: 'act', arg, caller: CALLER });
              if (submission.kind !== 'accepted') throw new Error(submission.reject.text);
              const { failure } = await replica.deliver(submission.id);
              expect(failure !== undefined).toBe(act.isTrapping);
              if (!failure) model = apply(model, act);
            }
          }
          expect(Buffer.compare(await read('heap'), model.heap.subarray(ACT_HEAP_START))).toBe(0);
          expect(Buffer.compare(await replica.stableMemory(canister), model.stable)).toBe(0);
          expect(Buffer.from(await read('global')).readUInt32LE()).toBe(model.global);
          expect((await replica.metrics(canister)).heapBytes).toBe(model.heap.length);
        }
      }),
      { numRuns: 40 },
    );
  });
});
