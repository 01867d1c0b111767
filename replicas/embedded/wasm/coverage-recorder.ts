/** Collects the counters of coverage from the instances that have run. */
import type { CoverageMap } from './coverage-map.js';
import type { InstrumentedModule } from './instrumented-module.js';

/** An instance of a module whose counters can be read. */
export interface CountedInstance {
  readonly module: InstrumentedModule;
  /** Adds the counts since the last call to `counts`. No message may be running. */
  takeCounts: (counts: Float64Array) => void;
}

export interface ModuleCounts {
  /** SHA-256 of the module as uploaded, lower-case hex. */
  readonly hash: string;
  readonly map: CoverageMap;
  /** The module as uploaded. */
  readonly uploaded: Uint8Array;
  /** Names of functions by index in the original module, as the module spells them. */
  readonly names: ReadonlyMap<number, string> | undefined;
  /** How often each counter of the map was reached. */
  readonly counts: Float64Array;
}

/**
 * One recorder serves one engine. Engines of a thread share instances, so read the counts of an engine before another one with coverage
 * runs the same module.
 */
export class CoverageRecorder {
  readonly #ran = new Set<CountedInstance>();

  /** Must be called after a message has run on the instance. */
  ran(instance: CountedInstance): void {
    if (instance.module.coverage !== undefined) this.#ran.add(instance);
  }

  /** The counts since the last call, one entry for each module that ran. No message may be running. */
  take(): readonly ModuleCounts[] {
    const byHash = new Map<string, ModuleCounts>();
    for (const instance of this.#ran) {
      const { hash, coverage: map, functionNames: names, uploaded } = instance.module;
      if (map === undefined) continue;
      let entry = byHash.get(hash);
      if (entry === undefined)
        byHash.set(hash, (entry = { hash, map, names, uploaded, counts: new Float64Array(map.counters) }));
      instance.takeCounts(entry.counts);
    }
    this.#ran.clear();
    return [...byHash.values()];
  }
}
