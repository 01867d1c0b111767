/** The globals of a module in the order in which the network keeps them. */
import type { GlobalValue } from '../machine/machine.js';
import type { CandidGlobal } from '../management-interface/arguments.js';
import type { SnapshotGlobal } from '../state/canister.js';
import type { InstrumentedModule, KeptGlobal } from '../wasm/instrumented-module.js';
import { wide } from '../wasm/kept-globals.js';

/** All kept globals. `values` are those of the mutable globals of the module. */
export function keptValues(
  { keptGlobals }: InstrumentedModule,
  values: readonly GlobalValue[],
): readonly SnapshotGlobal[] {
  return keptGlobals.map((global) => ({ type: global.type, value: valueOf(global, values) }));
}

function valueOf(global: KeptGlobal, values: readonly GlobalValue[]): GlobalValue {
  if (!('position' in global)) return global.value;
  const value = at(values, global.position);
  return global.type === 'v128' ? wide(BigInt(value), BigInt(at(values, global.position + 1))) : value;
}

function at(values: readonly GlobalValue[], position: number): GlobalValue {
  const value = values[position];
  if (value === undefined) throw new TypeError(`the module has no value of global ${position}`);
  return value;
}

/** The values of the mutable globals of the module; `undefined` if the module has globals of other types. */
export function mutableValues(
  { keptGlobals, globals }: InstrumentedModule,
  kept: readonly SnapshotGlobal[],
): readonly GlobalValue[] | undefined {
  if (kept.length !== keptGlobals.length) return undefined;
  const values = new Array<GlobalValue>(globals.length);
  for (const [index, global] of keptGlobals.entries()) {
    const given = kept[index];
    if (given?.type !== global.type) return undefined;
    if (!('position' in global)) continue;
    if (global.type === 'v128') {
      values[global.position] = BigInt.asIntN(64, BigInt(given.value));
      values[global.position + 1] = BigInt.asIntN(64, BigInt(given.value) >> 64n);
    } else {
      values[global.position] = given.value;
    }
  }
  return values;
}

export function globalToCandid({ type, value }: SnapshotGlobal): CandidGlobal {
  return { [type]: value } as unknown as CandidGlobal;
}

export function globalFromCandid(global: CandidGlobal): SnapshotGlobal {
  const [entry] = Object.entries(global) as readonly [SnapshotGlobal['type'], GlobalValue][];
  if (!entry) throw new TypeError('a global has a type');
  return { type: entry[0], value: entry[1] };
}
