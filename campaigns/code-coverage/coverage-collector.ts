/**
 * Collects what a campaign reaches in the modules of its canisters. The sums are the same in one thread and in several: they contain every
 * run that counts for the campaign, and each set-up of a canister once, although every thread makes it.
 */
import type { SetUpObserver } from '../../harness/execution/schedule-runner.js';
import { CoverageRecorder, type ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';

/** A counter has 32 bits. Counts are read after this number of schedules, long before one overflows. */
const SCHEDULES_PER_READING = 16;

/** The counters of a module that were reached, and how often. */
interface SparseCounts {
  readonly hash: string;
  readonly counters: Uint32Array;
  readonly counts: Float64Array;
}

/** What one run of a thread reached. Plain data. */
export interface RunCoverage {
  /** The modules that no earlier run of the thread reached. */
  readonly modules: readonly Omit<ModuleCounts, 'counts'>[];
  readonly counts: readonly SparseCounts[];
  /** The set-ups that no earlier run of the thread made. */
  readonly setUps: readonly { readonly key: string; readonly counts: readonly SparseCounts[] }[];
}

export class CoverageCollector implements SetUpObserver {
  /** For the engine that runs the schedules. */
  readonly recorder = new CoverageRecorder();
  readonly #modules = new Map<string, Omit<ModuleCounts, 'counts'>>();
  /** Counts without set-ups, by hash of the module. */
  readonly #sums = new Map<string, Float64Array>();
  readonly #setUps = new Map<string, readonly SparseCounts[]>();
  /** What the last `takeRun` has not returned. */
  #newModules: Omit<ModuleCounts, 'counts'>[] = [];
  #newSetUps: string[] = [];
  #schedules = 0;

  readonly setUpBegins = (): void => void this.read();

  readonly setUpEnds = (key: string): void => {
    const counts = this.#take();
    if (this.#setUps.has(key)) return;
    this.#setUps.set(key, counts.map(sparse));
    this.#newSetUps.push(key);
  };

  /** Must be called after every schedule. */
  afterSchedule(): void {
    if (++this.#schedules % SCHEDULES_PER_READING === 0) this.read();
  }

  /** The counts since the last call. Instead of `counts`, in a thread whose runs may not all count. */
  takeRun(): RunCoverage {
    this.read();
    const counts = [...this.#sums].map(([hash, sums]) => sparse({ hash, counts: sums }));
    const setUps = this.#newSetUps.map((key) => ({ key, counts: this.#setUps.get(key) ?? [] }));
    const modules = this.#newModules;
    this.#sums.clear();
    this.#newSetUps = [];
    this.#newModules = [];
    return { modules, counts, setUps };
  }

  /** Adds a run of another thread. The runs of a thread are added in their order. */
  add({ modules, counts, setUps }: RunCoverage): void {
    for (const module of modules) this.#know(module);
    for (const each of counts) this.#addSparse(this.#sums, each);
    for (const { key, counts: own } of setUps) if (!this.#setUps.has(key)) this.#setUps.set(key, own);
  }

  /** The counts of all schedules and set-ups, one entry for each module that ran. Plain data. */
  counts(): readonly ModuleCounts[] {
    this.read();
    const all = new Map([...this.#sums].map(([hash, counts]) => [hash, counts.slice()]));
    for (const setUp of this.#setUps.values()) for (const each of setUp) this.#addSparse(all, each);
    return [...this.#modules.values()].flatMap((module) => {
      const counts = all.get(module.hash);
      return counts === undefined ? [] : [{ ...module, counts }];
    });
  }

  /** The counts since the last reading, without those of set-ups. They are part of the sums from now on. No message may be running. */
  read(): readonly ModuleCounts[] {
    const taken = this.#take();
    for (const { hash, counts } of taken) {
      const sums = this.#sums.get(hash);
      if (sums === undefined) this.#sums.set(hash, counts.slice());
      else counts.forEach((count, counter) => void (sums[counter] = (sums[counter] ?? 0) + count));
    }
    return taken;
  }

  #take(): readonly ModuleCounts[] {
    const taken = this.recorder.take();
    for (const module of taken) this.#know(module);
    return taken;
  }

  #know({ hash, map, names, uploaded }: Omit<ModuleCounts, 'counts'>): void {
    if (this.#modules.has(hash)) return;
    const module = { hash, map, names, uploaded };
    this.#modules.set(hash, module);
    this.#newModules.push(module);
  }

  #addSparse(sums: Map<string, Float64Array>, { hash, counters, counts }: SparseCounts): void {
    const known = sums.get(hash) ?? new Float64Array(this.#modules.get(hash)?.map.counters ?? 0);
    sums.set(hash, known);
    counters.forEach(
      (counter, place) => void (known[counter] = (known[counter] ?? 0) + (counts[place] ?? 0)),
    );
  }
}

function sparse({ hash, counts }: Pick<ModuleCounts, 'hash' | 'counts'>): SparseCounts {
  const counters = Uint32Array.from(
    counts.reduce<number[]>((reached, count, counter) => {
      if (count > 0) reached.push(counter);
      return reached;
    }, []),
  );
  return { hash, counters, counts: Float64Array.from(counters, (counter) => counts[counter] ?? 0) };
}
