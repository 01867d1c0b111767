/**
 * The results of an earlier `mutate` with the same input, so that an interrupted command continues. One line of JSON per result, after a
 * line that identifies the input.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { MUTANT_STATES } from '../../reports/documents/mutation-report.js';
import type { MutantTrial, MutateSettings } from './job.js';

const FILE = 'mutate-state.jsonl';

const trialSchema = z.object({
  id: z.string(),
  state: z.enum(MUTANT_STATES),
  killedBy: z.string().nullable(),
  runs: z.int(),
  ms: z.number(),
});

/** Everything that a result depends on. The size of the sample is not part of it. */
function keyOf({ subject, profile, seed, runs, rules }: MutateSettings, version: string): string {
  const { wasmSha256, targetModule, initArg, fault } = subject;
  const input = { wasmSha256, targetModule, fault, profile, seed, runs, rules, version };
  const hash = createHash('sha256').update(JSON.stringify(input));
  return hash.update(initArg ?? '').digest('hex');
}

export class StateFile {
  readonly #path: string;
  readonly #key: string;
  /** Results of earlier commands by the id of the mutant. */
  readonly earlier: ReadonlyMap<string, MutantTrial>;
  #isBegun: boolean;

  /** @param isFresh whether to ignore and replace an existing file */
  constructor(folder: string, settings: MutateSettings, version: string, isFresh: boolean) {
    this.#path = join(folder, FILE);
    this.#key = keyOf(settings, version);
    const trials = isFresh ? undefined : this.#read();
    this.#isBegun = trials !== undefined;
    this.earlier = new Map(trials?.map((trial) => [trial.id, trial]));
  }

  /** @throws InputError if the file cannot be written */
  add(trial: MutantTrial): void {
    try {
      if (!this.#isBegun) writeFileSync(this.#path, `${JSON.stringify({ key: this.#key })}\n`);
      this.#isBegun = true;
      appendFileSync(this.#path, `${JSON.stringify(trial)}\n`);
    } catch (error) {
      throw new InputError(`cannot write ${this.#path}: ${reasonOf(error)}; pass another folder with --out`);
    }
  }

  /** `undefined` if there is no file of the same input. A last line that was cut off is ignored. */
  #read(): readonly MutantTrial[] | undefined {
    let lines: readonly string[];
    try {
      lines = readFileSync(this.#path, 'utf8').split('\n');
    } catch {
      return undefined;
    }
    const [head, ...rest] = lines.map(parsed);
    if ((head as { readonly key?: unknown } | undefined)?.key !== this.#key) return undefined;
    return rest.flatMap((line) => {
      const trial = trialSchema.safeParse(line);
      return trial.success ? [trial.data] : [];
    });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
