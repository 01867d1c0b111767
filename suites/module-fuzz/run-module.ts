/** Runs one module on the engine: installs it, calls everything that it exports, upgrades it, and states what happened. */
import { isDeepStrictEqual } from 'node:util';
import {
  createEmbeddedReplica,
  type EmbeddedReplica,
  type ReplicaWatch,
} from '../../replicas/embedded/embedded-replica.js';
import { instrumentModule } from '../../replicas/embedded/wasm/instrument-module.js';
import {
  InvalidWasmError,
  type InstrumentedModule,
} from '../../replicas/embedded/wasm/instrumented-module.js';
import { OverdueError, type Snapshot } from '../../replicas/replica.js';

export type ModuleOutcome =
  /** The network's rules or its compiler refuse the module. */
  | { readonly kind: 'refused'; readonly text: string }
  /** The module was installed, or a hook of it failed. */
  | { readonly kind: 'ran'; readonly calls: number; readonly ended: number };

/** The engine did something that the network would not do. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
}

const CALLER = '2vxsx-fae';
const ARG = Uint8Array.from({ length: 40 }, (_, index) => index * 7);
/** Messages that are delivered after a call at most. A module may call itself without end. */
const MESSAGES_MAX = 12;
/** Texts of refusals that only this engine has. The one for large memories is stated in `docs/FIDELITY.md`. */
const OWN_REFUSAL = /embedded engine(?! supports an initial memory)/;
/** The depth of the stack differs between executions, and so do the instructions until it overflows. */
const OVERFLOW = 'stack overflow';

/** Ends every message at its first check, so that an endless loop takes tens of milliseconds. */
class ShortWatch implements ReplicaWatch {
  #overdue: string | undefined;
  begin(): void {
    this.#overdue = undefined;
  }
  check({ what }: { readonly what: string }): string {
    return (this.#overdue = `${what} takes too long`);
  }
  takeOverdue(): string | undefined {
    const overdue = this.#overdue;
    this.#overdue = undefined;
    return overdue;
  }
}

export class ModuleRunner {
  readonly #replica: EmbeddedReplica = createEmbeddedReplica({ watch: new ShortWatch() });
  #pristine: { readonly snapshot: Snapshot; readonly canister: string } | undefined;
  #ended = 0;

  /** @throws EngineFailure, or any error of the engine, if the module is handled otherwise than on the network */
  async run(bytes: Uint8Array): Promise<ModuleOutcome> {
    const module = instrumented(bytes);
    if (typeof module === 'string') {
      if (OWN_REFUSAL.test(module)) throw new EngineFailure(`refused: ${module}`);
      return { kind: 'refused', text: module };
    }
    const first = await this.#runAll(bytes, module);
    return { kind: 'ran', ...first };
  }

  /** Runs the module twice. @throws EngineFailure if the executions differ */
  async runTwice(bytes: Uint8Array): Promise<void> {
    const module = instrumented(bytes);
    if (typeof module === 'string') return;
    const states = [];
    for (let run = 0; run < 2; run++) {
      await this.#runAll(bytes, module);
      const { canister } = this.#pristine ?? { canister: '' };
      const logs = await this.#replica.logs(canister);
      const { instructions, cycles, ...sizes } = await this.#replica.metrics(canister);
      const overflowed = logs.some(({ content }) => Buffer.from(content).toString().endsWith(OVERFLOW));
      states.push([logs, sizes, ...(overflowed ? [] : [instructions, cycles])]);
    }
    if (!isDeepStrictEqual(states[0], states[1])) throw new EngineFailure('two executions differ');
  }

  async #runAll(bytes: Uint8Array, module: InstrumentedModule): Promise<{ calls: number; ended: number }> {
    const canister = await this.#fresh();
    this.#ended = 0;
    let calls = 0;
    const install = (mode: 'install' | 'upgrade') =>
      this.#ending(() => this.#replica.install({ canister, mode, wasm: bytes, arg: ARG }));
    const installed = await install('install');
    if (installed?.kind === 'reply') {
      for (const { kind, name } of module.methods) {
        calls++;
        const call = { canister, method: name, arg: ARG, caller: CALLER };
        if (kind === 'update') await this.#update(call);
        else await this.#ending(() => this.#replica.query(call));
        if (kind === 'query') await this.#update(call);
      }
      await this.#deliverAll();
      await install('upgrade');
      await this.#deliverAll();
    } else if (installed !== undefined && OWN_REFUSAL.test(installed.text)) {
      throw new EngineFailure(`not installed: ${installed.text}`);
    }
    return { calls, ended: this.#ended };
  }

  async #update(call: Parameters<EmbeddedReplica['submit']>[0]): Promise<void> {
    const submission = await this.#ending(() => this.#replica.submit(call));
    if (submission?.kind === 'accepted') await this.#deliverAll();
  }

  async #deliverAll(): Promise<void> {
    for (let messages = 0; messages < MESSAGES_MAX; messages++) {
      const [next] = await this.#replica.deliverable();
      if (next === undefined) return;
      await this.#ending(() => this.#replica.deliver(next.id));
    }
  }

  /** Counts messages that the watch ended. */
  async #ending<T>(execute: () => Promise<T>): Promise<T | undefined> {
    try {
      return await execute();
    } catch (error) {
      if (!(error instanceof OverdueError)) throw error;
      this.#ended++;
      return undefined;
    }
  }

  /** An empty canister, in the same state for each module. */
  async #fresh(): Promise<string> {
    if (this.#pristine !== undefined) {
      await this.#replica.restore(this.#pristine.snapshot);
      return this.#pristine.canister;
    }
    const canister = await this.#replica.createCanister();
    this.#pristine = { canister, snapshot: await this.#replica.snapshot() };
    return canister;
  }
}

/** The module as the engine runs it, or the text of the refusal. */
function instrumented(bytes: Uint8Array): InstrumentedModule | string {
  try {
    const module = instrumentModule(bytes);
    checkWithRuntime(bytes, module);
    return module;
  } catch (error) {
    if (error instanceof InvalidWasmError) return error.message;
    throw error;
  }
}

/** A valid module without 64-bit memories and tables is valid for the JavaScript runtime, too. */
function checkWithRuntime(bytes: Uint8Array, { isWasm64 }: InstrumentedModule): void {
  if (isWasm64 || WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) return;
  const reason = reasonOf(bytes);
  if (!/memory64|64-bit|limits flags|invalid memory limits|invalid table limits/i.test(reason))
    throw new EngineFailure(`accepted, but the runtime refuses it: ${reason}`);
}

function reasonOf(bytes: Uint8Array): string {
  try {
    new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
