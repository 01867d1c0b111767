/**
 * The original module of a canister, without metering and memory tracking, on a minimal host: the reference for the cost of the engine's
 * instrumentation. It executes one message at a time and makes no calls to other canisters.
 */
import { Principal } from '@icp-sdk/core/principal';
import { StableMemory } from '../replicas/embedded/memory/stable-memory.js';
import type { PrincipalText } from '../replicas/replica.js';

const SELF = Principal.fromText('lxzze-o7777-77777-aaaaa-cai').toUint8Array();
const TIME_NS = 1_620_328_630_000_000_000n;

export class PlainCanister {
  readonly #exports: WebAssembly.Exports;
  readonly #stable = new StableMemory();
  #arg: Uint8Array = new Uint8Array(0);
  #caller: Uint8Array = new Uint8Array(0);
  #reply: Uint8Array[] = [];

  constructor(wasm: Uint8Array) {
    const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
    const known = this.#functions();
    const imports = WebAssembly.Module.imports(module).map(({ name }) => [
      name,
      known[name] ?? missing(name),
    ]);
    this.#exports = new WebAssembly.Instance(module, {
      ic0: Object.fromEntries(imports) as WebAssembly.ModuleImports,
    }).exports;
  }

  /** Runs the export and returns the reply. */
  run(exportName: string, arg: Uint8Array, caller: PrincipalText): Uint8Array {
    this.#arg = arg;
    this.#caller = Principal.fromText(caller).toUint8Array();
    this.#reply = [];
    (this.#exports[exportName] as () => void)();
    return new Uint8Array(Buffer.concat(this.#reply));
  }

  get #heap(): Uint8Array {
    return new Uint8Array((this.#exports['memory'] as WebAssembly.Memory).buffer);
  }

  #functions(): Record<string, (...args: never[]) => unknown> {
    const copy = (source: () => Uint8Array) => (dst: number, offset: number, size: number) =>
      this.#heap.set(source().subarray(offset, offset + size), dst >>> 0);
    const text = (src: number, size: number) => Buffer.from(this.#heap.subarray(src, src + size)).toString();
    return {
      msg_arg_data_size: () => this.#arg.length,
      msg_arg_data_copy: copy(() => this.#arg),
      msg_caller_size: () => this.#caller.length,
      msg_caller_copy: copy(() => this.#caller),
      canister_self_size: () => SELF.length,
      canister_self_copy: copy(() => SELF),
      msg_reply_data_append: (src: number, size: number) => {
        this.#reply.push(this.#heap.slice(src, src + size));
      },
      msg_reply: () => undefined,
      time: () => TIME_NS,
      global_timer_set: () => 0n,
      debug_print: () => undefined,
      trap: (src: number, size: number) => {
        throw new Error(`the plain canister trapped: ${text(src, size)}`);
      },
      stable64_size: () => BigInt(this.#stable.wasmPages),
      stable64_grow: (delta: bigint) => BigInt(this.#stable.grow(Number(delta))),
      stable64_read: (dst: bigint, offset: bigint, size: bigint) =>
        this.#stable.read(Number(offset), this.#heap, Number(dst), Number(size)),
      stable64_write: (offset: bigint, src: bigint, size: bigint) =>
        this.#stable.write(Number(offset), this.#heap, Number(src), Number(size)),
    };
  }
}

function missing(name: string) {
  return () => {
    throw new Error(`the plain canister calls ic0.${name}, which its host does not provide`);
  };
}
