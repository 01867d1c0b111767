/** Collects what a campaign reaches in the modules of its canisters. */
import { CoverageRecorder, type ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';

/** A counter has 32 bits. Counts are read after this number of schedules, long before one overflows. */
const SCHEDULES_PER_READING = 16;

export class CoverageCollector {
  /** For the engine that runs the schedules. */
  readonly recorder = new CoverageRecorder();
  readonly #modules = new Map<string, ModuleCounts>();
  #schedules = 0;

  /** Must be called after every schedule. */
  afterSchedule(): void {
    if (++this.#schedules % SCHEDULES_PER_READING === 0) this.#read();
  }

  /** The counts of all schedules, one entry for each module that ran. Plain data. */
  counts(): readonly ModuleCounts[] {
    this.#read();
    return [...this.#modules.values()];
  }

  #read(): void {
    for (const counts of this.recorder.take()) addCounts(this.#modules, counts);
  }
}

/** Adds counts of the same or another part of a campaign to the sums by the hash of the module. */
export function addCounts(sums: Map<string, ModuleCounts>, added: ModuleCounts): void {
  const sum = sums.get(added.hash);
  if (sum === undefined) sums.set(added.hash, added);
  else
    added.counts.forEach((count, counter) => void (sum.counts[counter] = (sum.counts[counter] ?? 0) + count));
}
