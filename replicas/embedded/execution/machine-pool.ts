/**
 * Spare machines by module and size. A memory cannot shrink, so going back to a smaller heap means taking another machine;
 * what the spare holds is known by its page images, and only pages that differ are copied.
 */
import type { InstrumentedModule } from '../wasm/artifact.js';
import { Machine } from './machine.js';

const SPARES_PER_MODULE_MAX = 6;
const sparesByModule = new WeakMap<InstrumentedModule, Machine[]>();

/** A machine whose heap has this size and whatever content; its globals are anything. */
export const takeMachine = (module: InstrumentedModule, wasmPages: number): Machine => {
  const spares = sparesByModule.get(module);
  const index = spares?.findLastIndex((machine) => machine.heap.wasmPages === wasmPages) ?? -1;
  return index < 0 ? new Machine(module, wasmPages) : spares!.splice(index, 1)[0]!;
};

/** No message may be running on the machine. */
export const giveBackMachine = (machine: Machine): void => {
  const spares = sparesByModule.get(machine.module) ?? [];
  machine.heap.settle();
  spares.push(machine);
  if (spares.length > SPARES_PER_MODULE_MAX) spares.shift();
  sparesByModule.set(machine.module, spares);
};
