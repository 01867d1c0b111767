/**
 * Spare machines by module and size. A memory cannot shrink, so going back to a smaller heap means taking another machine;
 * what the spare holds is known by its page images, and only pages that differ are copied.
 */
import type { HeapCheckpoint } from '../memory/heap.js';
import { HEAP_BASE, type InstrumentedModule } from '../wasm/artifact.js';
import { Machine } from './machine.js';

const SPARES_PER_MODULE_MAX = 6;
const sparesByModule = new WeakMap<InstrumentedModule, Machine[]>();

/** A machine whose heap has this size and whatever content; its globals are anything. */
export function acquireMachine(module: InstrumentedModule, wasmPages: number): Machine {
  const spares = sparesByModule.get(module);
  const index = spares?.findLastIndex((machine) => machine.heap.wasmPages === wasmPages) ?? -1;
  return index < 0 ? new Machine(module, wasmPages) : spares!.splice(index, 1)[0]!;
}

/** Heaps as the modules' data segments fill them. */
const initialHeaps = new WeakMap<InstrumentedModule, HeapCheckpoint>();

/** A machine as if just made, with the module's data in its heap, or with a heap that is kept from before. Data must be in bounds. */
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

/** No message may be running on the machine. */
export function releaseMachine(machine: Machine): void {
  const spares = sparesByModule.get(machine.module) ?? [];
  machine.heap.settle();
  spares.push(machine);
  if (spares.length > SPARES_PER_MODULE_MAX) spares.shift();
  sparesByModule.set(machine.module, spares);
}
