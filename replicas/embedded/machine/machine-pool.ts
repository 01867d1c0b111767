/**
 * A pool of spare machines by module and heap size. A WebAssembly memory cannot shrink, so a return to a smaller heap needs another
 * machine. A spare machine keeps its page images, so that restoring copies only the pages that differ.
 */
import type { HeapCheckpoint } from '../memory/heap.js';
import { HEAP_BASE, type InstrumentedModule } from '../wasm/instrumented-module.js';
import { Machine } from './machine.js';

const SPARES_PER_MODULE_MAX = 6;
const sparesByModule = new WeakMap<InstrumentedModule, Machine[]>();

/** A machine with a heap of this size. The content of heap and globals is arbitrary. */
export function acquireMachine(module: InstrumentedModule, wasmPages: number): Machine {
  const spares = sparesByModule.get(module);
  const index = spares?.findLastIndex((machine) => machine.heap.wasmPages === wasmPages) ?? -1;
  const spare = index < 0 ? undefined : spares?.splice(index, 1)[0];
  return spare ?? new Machine(module, wasmPages);
}

/** Heaps after the initialization by the data segments of the module. */
const initialHeaps = new WeakMap<InstrumentedModule, HeapCheckpoint>();

/** A machine in the initial state of the module, or with the kept heap of an upgrade. The data segments must be in bounds. */
export function acquireInitialMachine(module: InstrumentedModule, kept?: HeapCheckpoint): Machine {
  const heap = kept ?? initialHeap(module);
  const machine = acquireMachine(module, Math.max(module.initialPages, heap.wasmPages));
  machine.heap.restore(heap);
  if (module.needsFreshInstance) machine.renew();
  machine.writeGlobals(machine.initialGlobals);
  return machine;
}

function initialHeap(module: InstrumentedModule): HeapCheckpoint {
  const known = initialHeaps.get(module);
  if (known) return known;
  const machine = new Machine(module, module.initialPages);
  for (const { offset, bytes } of module.activeData) {
    machine.heap.touchRange(offset, bytes.length);
    machine.heap.bytes.set(bytes, HEAP_BASE + offset);
  }
  machine.heap.commit();
  const heap = machine.heap.capture();
  initialHeaps.set(module, heap);
  releaseMachine(machine);
  return heap;
}

/** Returns a machine to the pool. No message may be running on it. */
export function releaseMachine(machine: Machine): void {
  const spares = sparesByModule.get(machine.module) ?? [];
  machine.heap.acceptSize();
  spares.push(machine);
  if (spares.length > SPARES_PER_MODULE_MAX) spares.shift();
  sparesByModule.set(machine.module, spares);
}
