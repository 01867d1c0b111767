/** Where experiments run: every script on a fresh canister, through the same runner and adapter as campaigns. */
import { SCHEDULE_FORMAT_VERSION, type FileRecipe, type Limits } from '../../model/schedule.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import { limitsFor } from '../../targets/limits.js';
import { sendsKeys } from '../../targets/names-keys.js';
import type { Target } from '../../targets/target.js';
import { evidenceOf, type EvidenceLine } from './evidence.js';
import { Script } from './script.js';
import { Transcript } from './transcript.js';

/** The owner, a stranger, and one more. */
const CALLERS = 3;

/** In bytes, where the suite may choose the size of chunks. */
export const CHUNK_BYTES = 1_000;

export interface LabOptions {
  readonly runner: ScheduleRunner;
  /** The limits in the user's init argument. */
  readonly fixedLimits?: Limits | undefined;
  /** Chunk size in bytes, where the suite may choose it; default: 1,000. */
  readonly chunkBytes?: number;
  readonly signal?: StopSignal | undefined;
}

export class Lab {
  readonly target: Target;
  readonly #options: LabOptions;
  /** Whether evidence shows keys. */
  readonly #keys: boolean;
  /** What the scripts of the current experiment showed. */
  readonly #evidence: (readonly EvidenceLine[])[] = [];

  constructor(options: LabOptions) {
    this.#options = options;
    this.target = options.runner.target;
    this.#keys = sendsKeys(this.target);
  }

  /** Length of a chunk in bytes. */
  get chunkSize(): number {
    return this.chunkSizeWith({});
  }

  chunkSizeWith(limits: Limits): number {
    return this.limits(limits).chunkSize ?? this.target.defaultChunkSize;
  }

  /** @param limits that the canister shall have, where the suite may choose them */
  script(limits: Limits = {}): Script {
    return new Script(this.target.shape, this.chunkSizeWith(limits));
  }

  /** A file of other bytes than the other files of a script. */
  file(bytes: number, name: string, seed = name.charCodeAt(0)): FileRecipe {
    return { name, bytes, content: { kind: 'random', seed } };
  }

  /** A file of two whole chunks and a shorter one. */
  threeChunks(name: string, seed?: number): FileRecipe {
    return this.file(2 * this.chunkSize + Math.ceil(this.chunkSize / 2), name, seed);
  }

  get canRead(): boolean {
    return this.target.shape.read !== 'none';
  }

  async run({ files, steps }: Script, limits: Limits = {}): Promise<Transcript> {
    const { runner, signal } = this.#options;
    const history = await runner.run(
      {
        version: SCHEDULE_FORMAT_VERSION,
        limits: this.limits(limits),
        callers: CALLERS,
        files,
        steps,
      },
      signal,
    );
    const transcript = new Transcript(history);
    this.#evidence.push(evidenceOf(history, transcript, { files, keys: this.#keys }));
    return transcript;
  }

  /** What the scripts showed since the last call. */
  takeEvidence(): readonly (readonly EvidenceLine[])[] {
    return this.#evidence.splice(0);
  }

  /** The limits of the canister, with `given` ones where the suite may choose them. */
  limits(given: Limits = {}): Limits {
    const { fixedLimits, chunkBytes = CHUNK_BYTES } = this.#options;
    return fixedLimits ?? limitsFor(this.target, { chunkSize: chunkBytes, ...given });
  }
}
