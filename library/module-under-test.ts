/** What every function of the library needs in order to run something: a module, its target, and a replica to run it on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CoverageCollector } from '../campaigns/code-coverage/coverage-collector.js';
import { createFileReader } from '../campaigns/subject/file-reader.js';
import { scheduleTimeLimit } from '../campaigns/subject/time-limits.js';
import { InputError } from '../harness/input-error.js';
import { reasonOf } from '../harness/files/system-error.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { MessageTimer } from '../replicas/message-timer.js';
import type { Replica } from '../replicas/replica.js';
import type { Target } from '../targets/target.js';

export interface ModuleUnderTest {
  /** The canister's wasm module, plain or gzipped: its bytes, or the path of its file. */
  readonly wasm: Uint8Array | string | URL;
  /** How to talk to the canister. */
  readonly target: Target;
  /** Name of a seeded fault, for modules that are built with faults. */
  readonly fault?: string | undefined;
  /** Where the canister runs. By default each call creates an embedded engine and disposes of it. */
  readonly replica?: Replica | undefined;
  /** Wall-clock limit for one message of the canister on the embedded engine, in milliseconds; default 60,000. */
  readonly messageTimeMs?: number | undefined;
}

export interface OpenModule {
  readonly runner: ScheduleRunner;
  /** The module as its file is. */
  readonly bytes: Uint8Array;
  /** Its SHA-256, lower-case hex. */
  readonly wasmSha256: string;
}

/**
 * Runs `work` on a replica with the module, and disposes of the replica unless the caller brought it.
 * @param coverage collects what the modules execute, unless the caller brought the replica
 * @throws InputError if the module's file cannot be read
 */
export async function withModule<T>(
  { wasm, target, fault, replica: given, messageTimeMs }: ModuleUnderTest,
  work: (open: OpenModule) => Promise<T>,
  coverage?: CoverageCollector,
): Promise<T> {
  const bytes = wasm instanceof Uint8Array ? wasm : readModule(wasm);
  const replica =
    given ??
    createEmbeddedReplica({
      watch: new MessageTimer({ limitMs: messageTimeMs }),
      coverage: coverage?.recorder,
    });
  const runner = new ScheduleRunner({
    replica,
    target,
    wasm: bytes,
    fault,
    reader: createFileReader(),
    timeLimit: () => scheduleTimeLimit(messageTimeMs),
    setUpObserver: coverage,
  });
  try {
    return await work({ runner, bytes, wasmSha256: createHash('sha256').update(bytes).digest('hex') });
  } finally {
    if (given === undefined) await replica.dispose();
  }
}

function readModule(path: string | URL): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new InputError(`wasm ${String(path)}: ${reasonOf(error)}`);
  }
}
